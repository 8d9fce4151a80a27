# Тексты бота. Значения подставляются уже экранированными для HTML.

credits = { $n ->
    [one] { $n } кредит
    [few] { $n } кредита
   *[other] { $n } кредитов
}
videos = { $n ->
    [one] { $n } видео
   *[other] { $n } видео
}

command-start = Начать
command-new = Новое видео
command-balance = Баланс
command-history = История операций
command-help = Как это работает
command-terms = Условия
command-cancel = Отменить заказ
bot-description =
    Пришлите фото товара — получите короткий продающий ролик для маркетплейса.
    Одно видео стоит 1 кредит. Если ролик не получился, кредит возвращается.

menu-new = 🎬 Создать видео
menu-balance = 💳 Баланс
menu-history = 📜 История
menu-help = ❓ Помощь
cancel = Отменить

welcome-new =
    👋 <b>Здравствуйте!</b>

    Пришлите фото товара — я сниму короткий вертикальный ролик для карточки или соцсетей.

    Одно видео стоит <b>{ $price }</b>. Если ролик не получится, кредит вернётся.
    🎁 Дарю вам <b>{ $bonus }</b> на пробу. Ваш баланс: <b>{ $balance }</b>.

    Пользуясь ботом, вы принимаете условия: /terms
welcome-new-no-bonus =
    👋 <b>Здравствуйте!</b>

    Пришлите фото товара — я сниму короткий вертикальный ролик для карточки или соцсетей.

    Одно видео стоит <b>{ $price }</b>. Если ролик не получится, кредит вернётся.
    Ваш баланс: <b>{ $balance }</b>.

    Пользуясь ботом, вы принимаете условия: /terms
welcome-back =
    👋 <b>С возвращением!</b>

    Ваш баланс: <b>{ $balance }</b>. Пришлите фото товара, и начнём.
terms =
    <b>Условия</b>

    1. Одно видео стоит { $price }. Кредит списывается, когда вы подтверждаете заказ.
    2. Пока заказ стоит в очереди, его можно отменить: кредит вернётся сразу.
    3. Если ролик не получился или не готов за { $minutes } мин, кредит возвращается сам.
    4. Присылайте только фото и тексты, на которые у вас есть права. Фото и тексты заказов хранятся 7 дней.
    5. Операции с кредитами хранятся в журнале; они видны вам в /history.

    Версия условий: { $version }.
help =
    <b>Как это работает</b>

    1. Пришлите фото товара.
    2. Напишите, что это за товар.
    3. Выберите шаблон и добавьте пожелания.
    4. Прочитайте сценарий: примите его, измените или попросите другой.
    5. Проверьте заказ, выберите формат и нажмите «Создать».

    Ролик: 9:16, 3:4 или 1:1, 6–8 секунд, MP4. Обычно он готов за минуту-другую.
    Одно видео стоит { $price }. За неудачу кредит не берётся.

    /new — новое видео
    /balance — баланс
    /history — история операций
    /cancel — отменить заказ, который вы составляете
    /terms — условия

balance =
    💳 Ваш баланс: <b>{ $balance }</b>
balance-open =
    💳 Ваш баланс: <b>{ $balance }</b>
    Ещё { $open } сейчас в работе.
balance-empty-hint = Кредиты начисляет поддержка: { $support }

history-title = 📜 <b>История операций</b>
history-empty = Операций пока нет. Пришлите фото товара, и начнём.
history-older = Показать раньше
history-line = { $at } · { $what } · <b>{ $change }</b> · баланс { $balance }
history-line-plain = { $at } · { $what }
history-account_opened = вы начали пользоваться ботом
history-topped_up-welcome_bonus = приветственный бонус
history-topped_up = начисление
history-deducted = заказ видео № { $number }
history-started = видео № { $number }: съёмка началась
history-settled = видео № { $number } готово
history-refunded-cancelled = отмена видео № { $number }, кредит вернулся
history-refunded-deadline = видео № { $number } не успело, кредит вернулся
history-refunded-photo_unreadable = видео № { $number }: фото не прочиталось, кредит вернулся
history-refunded-content_rejected = видео № { $number }: модель не приняла фото или текст, кредит вернулся
history-refunded-provider_unavailable = видео № { $number }: студия не ответила, кредит вернулся
history-refunded-provider_misconfigured = видео № { $number } не получилось по нашей вине, кредит вернулся
history-refunded-order_missing = видео № { $number }: данные заказа потерялись по нашей вине, кредит вернулся
history-refunded-stopped_by_operator = видео № { $number } остановлено по нашей вине, кредит вернулся
history-refunded-internal = видео № { $number } не получилось из-за ошибки у нас, кредит вернулся
history-refunded = видео № { $number } не получилось, кредит вернулся
history-delivered = видео № { $number } у вас
history-delivered-unreachable = видео № { $number }: чат был недоступен
history-payment_requested = покупка кредитов начата
history-payment_opened = счёт на оплату выставлен
history-payment_completed = покупка кредитов
history-payment_canceled = покупка не состоялась
history-payment_refund_requested = возврат денег, кредиты списаны
history-payment_refunded = деньги возвращены
history-payment_refund_failed = возврат денег не прошёл, кредиты вернулись

ask-photo =
    📷 Пришлите <b>фото товара</b>: одно, чёткое, товар целиком.
    Подойдёт и картинка файлом: JPEG, PNG, WEBP или HEIC до 20 МБ.
photo-taken = 📷 Фото получил.
photo-replaced = 📷 Фото заменил.
album-first = Фото несколько, а для ролика нужно одно: беру первое.
ask-text =
    ✍️ Теперь напишите, <b>что это за товар</b>: название и чем он хорош.
    Эти слова попадут в титры. До { $max } знаков.
ask-template = 🎨 Выберите <b>шаблон</b>:
template-ugc = 🤳 UGC: как отзыв покупателя
template-ad = ✨ Реклама
template-own = 📝 Свой сценарий
template-name-ugc = UGC, как отзыв покупателя
template-name-ad = реклама
template-name-own = свой сценарий
ask-scenario =
    📝 Напишите <b>сценарий</b>: что показать и какие слова дать в титрах.
    До { $max } знаков.
ask-wishes =
    💬 Есть <b>пожелания</b> к ролику? Напишите их или нажмите кнопку.
    До { $max } знаков.
wishes-none = Без пожеланий

card =
    <b>Проверьте заказ</b>

    Товар: { $product }
    Шаблон: { $template }
    Пожелания: { $wishes }
    Формат: { $format }
    Количество: { $count }

    Цена: <b>{ $price }</b>
    Баланс: { $before } → <b>{ $after }</b>
card-short =
    <b>Проверьте заказ</b>

    Товар: { $product }
    Шаблон: { $template }
    Пожелания: { $wishes }
    Формат: { $format }
    Количество: { $count }

    Цена: <b>{ $price }</b>
    Баланс: { $before }. Не хватает: <b>{ $missing }</b>
card-wishes-none = нет
card-ordered =
    <b>Заказ принят</b>

    Товар: { $product }
    Шаблон: { $template }
    Пожелания: { $wishes }
    Формат: { $format }
    Количество: { $count }
card-confirm = ✅ Создать за { $price }
card-edit-text = ✏️ Текст
card-edit-template = 🎨 Шаблон
card-edit-wishes = 💬 Пожелания
card-edit-script = 🎬 Сценарий
card-count = { $count } шт.
card-count-chosen = • { $count } шт. •
card-format = { $format }
card-format-chosen = • { $format } •
format-name-vertical = вертикальное видео 9:16
format-name-portrait = как карточка товара, 3:4
format-name-square = квадрат 1:1

script =
    🎬 <b>Сценарий</b>

    <b>{ $title }</b>
    Обстановка: { $setting }
script-end =
    В конце: «{ $call }»

    Кредит ещё не списан: сначала прочитайте, подходит ли.
script-scene =
    { $number }. <b>{ $caption }</b>
    { "    " }{ $shot }
script-accept = 👍 Подходит
script-another = 🔁 Другой вариант
script-edit = ✏️ Изменить
script-back = ↩️ Вернуться к сценарию
ask-captions =
    ✏️ Пришлите <b>свои титры</b> одним сообщением: каждая строка — отдельный титр.
    От 1 до { $lines } строк, в каждой до { $max } знаков. Обстановку и движение камеры подберу под них.

    Сейчас титры такие, их можно скопировать:
wrong-captions-none = Здесь пусто. Пришлите хотя бы одну строку со словами.
wrong-captions-too_many = Слишком много строк: { $found }, а можно до { $max }. Уберите лишние, пожалуйста.
wrong-captions-too_long =
    Строка { $line } слишком длинная: { $found ->
        [one] { $found } знак
        [few] { $found } знака
       *[other] { $found } знаков
    }, а можно до { $max }. Сократите её, пожалуйста.
wrong-captions-no_words = В строке { $line } нет ни букв, ни цифр. Напишите в ней слова или уберите её.

confirm-accepted = Запускаю
confirm-repeated = Уже запущено
confirm-started-nothing-twice = Этот заказ уже запущен: второй раз кредит не списан.
confirm-changed = Заказ изменился, проверьте карточку ещё раз.
confirm-unsure =
    ⏳ Уточняю, принят ли заказ. Кредит не спишется дважды, подождите немного.
confirm-late = Пока я уточнял, время вышло: заказ не принят, кредиты не списаны. Нажмите кнопку ещё раз.
confirm-no-credits =
    Не хватает: <b>{ $missing }</b>. Нужно: { $needed }, у вас: { $balance }.

    Заказ сохранён: когда кредиты появятся, нажмите «Создать» ещё раз.
confirm-closed = Генерация временно недоступна: заказ не принят, кредиты не списаны. Черновик сохранён, попробуйте через несколько минут.
confirm-crowded =
    Сейчас большая очередь, ждать около { $minutes ->
        [one] { $minutes } минуты
       *[other] { $minutes } минут
    }: заказ не принят, кредиты не списаны. Черновик сохранён, попробуйте немного позже.
confirm-too-many = Слишком много заказов сразу. Дождитесь готовых видео и попробуйте снова. Кредиты не списаны.
confirm-price-changed = Цена изменилась. Проверьте карточку ещё раз, кредиты не списаны.

job-title = 🎬 <b>Видео № { $number }</b> · { $product }
job-queued = В очереди. Кредит списан, баланс { $balance }.
job-queued-place = В очереди: { $place }-е место. Кредит списан, баланс { $balance }.
job-queued-eta =
    В очереди: { $place }-е место, примерно { $minutes ->
        [one] { $minutes } минута
        [few] { $minutes } минуты
       *[other] { $minutes } минут
    }. Кредит списан, баланс { $balance }.
job-late =
    ⏳ Видео № { $number } снимается дольше обычного. Если оно не будет готово через { $minutes ->
        [one] { $minutes } минуту
        [few] { $minutes } минуты
       *[other] { $minutes } минут
    }, кредит вернётся сам.
job-preparing = Готовлю фото…
job-rendering = Снимаю ролик…
job-finishing = Собираю и проверяю…
job-sending = Отправляю…
job-done = Готово ✅
job-refunded = Не получилось, кредит вернулся.
job-cancelled = Отменено, кредит вернулся.
job-cancel = Отменить
job-already-started = Ролик уже снимается, отменить его нельзя. Если не получится, кредит вернётся сам.
job-already-ended = Этот заказ уже завершён.
job-cancelling = Отменяю…
job-resend = Прислать ещё раз

video-caption = 🎬 Видео № { $number } · { $product }
video-late-caption =
    🎬 Видео № { $number } · { $product }
    Ролик опоздал, кредит мы уже вернули, так что он бесплатный.
video-uncertain =
    Видео № { $number } готово, но я не уверен, что оно дошло до вас. Если его нет выше, нажмите кнопку.
video-gone = Этот ролик больше не хранится: видео лежат у меня 7 дней.

refund-cancelled = ↩️ Видео № { $number } отменено.
refund-deadline = ⌛️ Видео № { $number } не успело: прошло больше { $minutes } мин.
refund-photo_unreadable = 😔 Видео № { $number } не получилось: не смог прочитать фото. Попробуйте другое.
refund-content_rejected = 😔 Видео № { $number } не получилось: модель не приняла это фото или текст. Попробуйте другое фото или опишите товар иначе.
refund-provider_unavailable = 😔 Видео № { $number } не получилось: студия сейчас не отвечает. Дело не в вашем фото, попробуйте позже.
refund-provider_misconfigured = 😔 Видео № { $number } не получилось по нашей вине. Мы уже разбираемся, попробуйте позже.
refund-order_missing = 😔 Видео № { $number } не получилось: данные заказа потерялись по нашей вине. Соберите заказ ещё раз.
refund-stopped_by_operator = 😔 Видео № { $number } остановлено по нашей вине. Дело не в вашем фото, попробуйте ещё раз.
refund-internal = 😔 Видео № { $number } не получилось из-за ошибки у нас. Дело не в вашем фото, попробуйте ещё раз.
refund-other = 😔 Видео № { $number } не получилось. Попробуйте ещё раз.
refund-balance = Кредит вернулся, баланс: <b>{ $balance }</b>.
refund-again = 🎬 Попробовать снова

alert-code-balance_empty = ⚠️ { $provider }: баланс у провайдера пуст ({ $code }). Заказы не принимаются, пока его не пополнят.
alert-code-key_refused = ⚠️ { $provider }: ключ не принят ({ $code }). Заказы не принимаются, пока в настройках не будет верного ключа.
alert-code-key_capped = ⚠️ { $provider }: исчерпан лимит ключа ({ $code }). Заказы не принимаются, пока лимит не поднимут.
alert-code-model_gone = ⚠️ { $provider }: модели больше нет ({ $code }). Заказы не принимаются, пока в каталоге не будет другой.
alert-other = ⚠️ { $provider }: сбой, в котором нужно разобраться ({ $code }).
alert-over = ✅ { $provider }: снова работает ({ $code }).

wrong-photo-not_image = Это не картинка. Пришлите фото товара: JPEG, PNG, WEBP или HEIC.
wrong-photo-too_large = Файл слишком большой. Пришлите картинку до 20 МБ или просто фото.
wrong-photo-too_small = Картинка слишком маленькая: нужно хотя бы { $min }×{ $min } пикселей. Пришлите фото крупнее.
wrong-photo-too_narrow = Картинка слишком вытянутая для видео. Пришлите фото обычных пропорций.
wrong-photo-broken = Файл повреждён, открыть не получилось. Пришлите фото ещё раз.
wrong-photo-animated = Анимация не подойдёт. Пришлите обычное фото товара.
wrong-photo-vector = Векторный рисунок (SVG) не подойдёт. Пришлите фото: JPEG, PNG, WEBP или HEIC.
wrong-text-too_long = Слишком длинно: { $length } знаков, а можно до { $max }. Сократите, пожалуйста.
wrong-text-no_words = Нужны слова: напишите хотя бы название товара буквами.
wrong-need-photo = Здесь нужно фото.
wrong-need-button = Выберите, пожалуйста, кнопкой.
wrong-kind-voice = Голосовые я пока не понимаю.
wrong-kind-video = Видео я не принимаю: нужно фото товара.
wrong-kind-sticker = Стикер — это мило, но для ролика не подойдёт.
wrong-kind-other = Такое сообщение я не понимаю.
wrong-command = Такой команды нет. Все команды: /help
wrong-button = Эта кнопка устарела.
wrong-draft = Эта карточка устарела, вот текущая.
wrong-job = Такого заказа у вас нет.
wrong-edit = Правку сообщения я не вижу. Пришлите текст новым сообщением.
wrong-not-started = Сначала нажмите /start: так вы откроете счёт и примете условия.
wrong-private = Я работаю в личных сообщениях. Напишите мне напрямую.
nothing-to-cancel = Отменять нечего: вы сейчас ничего не заказываете. Заказ в очереди отменяется кнопкой под ним.
dropped = Заказ отменён, кредиты не списаны.
unavailable-now = Сейчас не могу это узнать. Попробуйте через минуту, с вашими кредитами всё в порядке.
broken = Что-то пошло не так у меня. Мы уже знаем об этом. Попробуйте ещё раз или начните сначала: /start
idle = Чтобы снять ролик, пришлите фото товара.
