# The bot's texts. Values are already escaped for HTML.

credits = { $n ->
    [one] { $n } credit
   *[other] { $n } credits
}
videos = { $n ->
    [one] { $n } video
   *[other] { $n } videos
}

command-start = Start
command-new = New video
command-buy = Buy credits
command-balance = Balance
command-history = History
command-help = How it works
command-terms = Terms
command-cancel = Cancel the order
bot-description =
    Send a photo of your product and get a short selling video for a marketplace.
    One video costs 1 credit. If a video fails, the credit comes back.

menu-new = 🎬 Create a video
menu-buy = 💳 Buy credits
menu-balance = 💰 Balance
menu-history = 📜 History
menu-help = ❓ Help
cancel = Cancel

welcome-new =
    👋 <b>Hello!</b>

    Send me a photo of your product and I will shoot a short vertical video for its card or for social networks.

    One video costs <b>{ $price }</b>. If a video fails, the credit comes back.
    🎁 I give you <b>{ $bonus }</b> to try it. Your balance: <b>{ $balance }</b>.

    By using the bot you accept the terms: /terms
welcome-new-no-bonus =
    👋 <b>Hello!</b>

    Send me a photo of your product and I will shoot a short vertical video for its card or for social networks.

    One video costs <b>{ $price }</b>. If a video fails, the credit comes back.
    Your balance: <b>{ $balance }</b>.

    By using the bot you accept the terms: /terms
welcome-back =
    👋 <b>Welcome back!</b>

    Your balance: <b>{ $balance }</b>. Send a photo of your product and we will start.
terms =
    <b>Terms</b>

    1. One video costs { $price }. The credit is taken when you confirm an order.
    2. While an order waits in the queue you can cancel it: the credit comes back at once.
    3. If a video fails or is not ready within { $minutes } min, the credit comes back by itself.
    4. Send only photos and texts that you have the rights to. Photos and texts of orders are kept for 7 days.
    5. What happens to your credits is kept in a journal; you see it in /history.
    6. Credits can be bought as a plan, whose price is shown before you pay; a payment for credits that are not spent can be returned, and these credits are then taken. /paysupport says whom to write to.

    Version of the terms: { $version }.
help =
    <b>How it works</b>

    1. Send a photo of the product.
    2. Write what the product is.
    3. Choose a template and add wishes.
    4. Read the script: accept it, change it or ask for another one.
    5. Check the order, choose the format and press “Create”.

    The video is 9:16, 3:4 or 1:1, 6–8 seconds, MP4. It is usually ready in a minute or two.
    One video costs { $price }. A failure costs nothing.

    /new — new video
    /buy — buy credits
    /balance — balance
    /history — history
    /cancel — cancel the order that you are putting together
    /terms — terms

balance =
    💳 Your balance: <b>{ $balance }</b>
balance-open =
    💳 Your balance: <b>{ $balance }</b>
    { $open } more at work right now.
balance-empty-hint = Support helps with credits: { $support }

history-title = 📜 <b>History</b>
history-empty = Nothing yet. Send a photo of your product and we will start.
history-older = Show earlier
history-line = { $at } · { $what } · <b>{ $change }</b> · balance { $balance }
history-line-plain = { $at } · { $what }
history-debt = { $what }, debt { $change }
history-account_opened = you started using the bot
history-topped_up-welcome_bonus = welcome bonus
history-topped_up = grant
history-deducted = video No { $number } ordered
history-started = video No { $number }: shooting began
history-settled = video No { $number } is ready
history-refunded-cancelled = video No { $number } cancelled, the credit came back
history-refunded-deadline = video No { $number } was not in time, the credit came back
history-refunded-photo_unreadable = video No { $number }: the photo could not be read, the credit came back
history-refunded-content_rejected = video No { $number }: the model did not accept the photo or text, the credit came back
history-refunded-provider_unavailable = video No { $number }: the studio did not answer, the credit came back
history-refunded-provider_misconfigured = video No { $number } failed through our fault, the credit came back
history-refunded-order_missing = video No { $number }: the order’s data got lost through our fault, the credit came back
history-refunded-stopped_by_operator = video No { $number } was stopped through our fault, the credit came back
history-refunded-internal = video No { $number } failed because of an error of ours, the credit came back
history-refunded = video No { $number } failed, the credit came back
history-delivered = you have video No { $number }
history-delivered-unreachable = video No { $number }: the chat could not be reached
history-payment_requested = buying credits began
history-payment_opened = the bill was made out
history-payment_completed = credits bought
history-payment_canceled = the purchase did not happen
history-payment_refund_requested = money goes back, its credits are taken
history-payment_refunded = the money went back
history-payment_refund_failed = the money did not go back, the credits returned

ask-photo =
    📷 Send a <b>photo of the product</b>: one, sharp, the whole product.
    A picture sent as a file is fine too: JPEG, PNG, WEBP or HEIC up to 20 MB.
photo-taken = 📷 Got the photo.
photo-replaced = 📷 Replaced the photo.
album-first = Several photos, but a video needs one: I take the first.
ask-text =
    ✍️ Now write <b>what the product is</b>: its name and what is good about it.
    These words go into the captions. Up to { $max } characters.
ask-template = 🎨 Choose a <b>template</b>:
template-ugc = 🤳 UGC: like a buyer’s review
template-ad = ✨ Advertisement
template-own = 📝 Your own script
template-name-ugc = UGC, like a buyer’s review
template-name-ad = advertisement
template-name-own = your own script
ask-scenario =
    📝 Write the <b>script</b>: what to show and which words to put into the captions.
    Up to { $max } characters.
ask-wishes =
    💬 Any <b>wishes</b> for the video? Write them or press the button.
    Up to { $max } characters.
wishes-none = No wishes

card =
    <b>Check the order</b>

    Product: { $product }
    Template: { $template }
    Wishes: { $wishes }
    Format: { $format }
    Number: { $count }

    Price: <b>{ $price }</b>
    Balance: { $before } → <b>{ $after }</b>
card-short =
    <b>Check the order</b>

    Product: { $product }
    Template: { $template }
    Wishes: { $wishes }
    Format: { $format }
    Number: { $count }

    Price: <b>{ $price }</b>
    Balance: { $before }. Missing: <b>{ $missing }</b>
card-wishes-none = none
card-ordered =
    <b>Order accepted</b>

    Product: { $product }
    Template: { $template }
    Wishes: { $wishes }
    Format: { $format }
    Number: { $count }
card-confirm = ✅ Create for { $price }
card-edit-text = ✏️ Text
card-edit-template = 🎨 Template
card-edit-wishes = 💬 Wishes
card-edit-script = 🎬 Script
card-count = ×{ $count }
card-count-chosen = • ×{ $count } •
card-format = { $format }
card-format-chosen = • { $format } •
format-name-vertical = vertical video 9:16
format-name-portrait = like a product card, 3:4
format-name-square = square 1:1

script =
    🎬 <b>Script</b>

    <b>{ $title }</b>
    Setting: { $setting }
script-end =
    At the end: “{ $call }”

    No credit is taken yet: first read whether you like it.
script-scene =
    { $number }. <b>{ $caption }</b>
    { "    " }{ $shot }
script-accept = 👍 I like it
script-another = 🔁 Another one
script-edit = ✏️ Change
script-back = ↩️ Back to the script
ask-captions =
    ✏️ Send <b>your own captions</b> in one message: each line is a caption.
    1 to { $lines } lines of up to { $max } characters. I will find the setting and the camera’s moves for them.

    These are the captions now, for you to copy:
wrong-captions-none = There is nothing here. Please send at least one line with words.
wrong-captions-too_many = Too many lines: { $found }, and { $max } are the most. Please leave some out.
wrong-captions-too_long = Line { $line } is too long: { $found } characters, and { $max } are the most. Please shorten it.
wrong-captions-no_words = Line { $line } has neither letters nor digits. Write some words in it or leave it out.

confirm-accepted = Starting
confirm-repeated = Already started
confirm-started-nothing-twice = This order has been started already: no second credit was taken.
confirm-changed = The order has changed, please check the card again.
confirm-unsure =
    ⏳ I am finding out whether the order was accepted. No credit is taken twice, please wait a moment.
confirm-late = It took me too long to find out: the order was not accepted and no credits were taken. Please press the button again.
confirm-no-credits = Missing: <b>{ $missing }</b>. Needed: { $needed }, you have: { $balance }.
confirm-closed = Videos cannot be made right now: the order was not accepted and no credits were taken. Your draft is kept, please try again in a few minutes.
confirm-crowded =
    The queue is long right now, about { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    } of waiting: the order was not accepted and no credits were taken. Your draft is kept, please try a little later.
confirm-too-many = Too many orders at once. Wait for the videos and try again. No credits were taken.
confirm-price-changed = The price has changed. Please check the card again, no credits were taken.

job-title = 🎬 <b>Video No { $number }</b> · { $product }
job-queued = In the queue. The credit is taken, balance { $balance }.
job-queued-place = In the queue: place { $place }. The credit is taken, balance { $balance }.
job-queued-eta =
    In the queue: place { $place }, about { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }. The credit is taken, balance { $balance }.
job-late =
    ⏳ Video No { $number } takes longer than usual. If it is not ready in { $minutes ->
        [one] { $minutes } minute
       *[other] { $minutes } minutes
    }, the credit comes back by itself.
job-preparing = Preparing the photo…
job-rendering = Shooting the video…
job-finishing = Assembling and checking…
job-sending = Sending…
job-done = Done ✅
job-refunded = It failed, the credit came back.
job-cancelled = Cancelled, the credit came back.
job-cancel = Cancel
job-already-started = The video is being shot and cannot be cancelled. If it fails, the credit comes back by itself.
job-already-ended = This order is finished already.
job-cancelling = Cancelling…
job-resend = Send again

video-caption = 🎬 Video No { $number } · { $product }
video-late-caption =
    🎬 Video No { $number } · { $product }
    It came late and the credit is back already, so it is free.
video-uncertain =
    Video No { $number } is ready, but I am not sure that it reached you. If it is not above, press the button.
video-gone = This video is no longer stored: I keep videos for 7 days.

refund-cancelled = ↩️ Video No { $number } is cancelled.
refund-deadline = ⌛️ Video No { $number } was not in time: more than { $minutes } min have passed.
refund-photo_unreadable = 😔 Video No { $number } failed: I could not read the photo. Please try another one.
refund-content_rejected = 😔 Video No { $number } failed: the model did not accept this photo or text. Try another photo or describe the product differently.
refund-provider_unavailable = 😔 Video No { $number } failed: the studio does not answer right now. It is not about your photo, please try later.
refund-provider_misconfigured = 😔 Video No { $number } failed through our fault. We are on it, please try later.
refund-order_missing = 😔 Video No { $number } failed: the order’s data got lost through our fault. Please put the order together again.
refund-stopped_by_operator = 😔 Video No { $number } was stopped through our fault. It is not about your photo, please try again.
refund-internal = 😔 Video No { $number } failed because of an error of ours. It is not about your photo, please try again.
refund-other = 😔 Video No { $number } failed. Please try again.
refund-balance = The credit is back, balance: <b>{ $balance }</b>.
refund-again = 🎬 Try again

alert-code-balance_empty = ⚠️ { $provider }: the balance at the provider is empty ({ $code }). No orders are taken until it is topped up.
alert-code-key_refused = ⚠️ { $provider }: the key was refused ({ $code }). No orders are taken until the settings hold a valid key.
alert-code-key_capped = ⚠️ { $provider }: the key has reached its limit ({ $code }). No orders are taken until the limit is raised.
alert-code-model_gone = ⚠️ { $provider }: the model is gone ({ $code }). No orders are taken until the catalogue names another.
alert-code-paid_twice = ⚠️ { $provider }: one order was paid twice ({ $code }). Both payments were credited; decide whether one goes back.
alert-code-payment_refused = ⚠️ { $provider }: the provider did not take a bill ({ $code }). The person did not get it.
alert-code-provider_refuses = ⚠️ { $provider }: the provider does not take our requests ({ $code }). Check the key and the shop’s settings.
alert-code-refund_refused = ⚠️ { $provider }: the provider refused to send money back ({ $code }).
alert-code-refund_not_taken = ⚠️ { $provider }: money went back, but no credits were taken for it ({ $code }).
alert-code-order_not_restored = ⚠️ { $provider }: there is a payment whose order could not be restored ({ $code }).
alert-code-stars_not_credited = ⚠️ { $provider }: Stars were paid, but no credits were granted ({ $code }).
alert-other = ⚠️ { $provider }: a failure that somebody has to look into ({ $code }).
alert-over = ✅ { $provider }: works again ({ $code }).

pay-roubles = { $amount } ₽
pay-stars = { $amount } ⭐
pay-decimal-sign = .
pay-or = { " or " }
pay-plans =
    💳 <b>Buy credits</b>

    Your balance: <b>{ $balance }</b>.
pay-debt = First a debt is paid: { $debt }.
pay-plan = <b>{ $title }</b>: { $credits }, { $price }, { $each } per video
pay-plan-button = { $title } · { $price }
pay-receipt-to = The receipt goes to { $email }.
pay-nothing = Credits cannot be bought here right now.
pay-support = Please write to support: { $support }
pay-changed = This plan has changed or is no longer sold. Here is what there is now:
pay-open-already = You already have an unpaid bill for this plan, here it is. You can pay in another way when it has ended.
pay-too-many = You already have several unpaid bills. Pay one of them or wait until they end, which takes about an hour.
pay-balance-limit = Your balance is too large for so many more credits. No money was taken.
pay-late = It took me too long to make out the bill. No money was taken, please choose again: /buy
pay-capped = No more can be bought this way today. Try again tomorrow or write to support. No money was taken.
pay-unsure = ⏳ Making out the bill takes a little longer than usual. There will be no second one, please wait a moment.

pay-email =
    ✉️ Which <b>e-mail address</b> shall the receipt go to?

    By law there is a receipt for every payment. The address is for nothing else: no advertising.
pay-email-wrong = This does not look like an e-mail address. Write it like this: name@mail.ru
pay-email-later = Not now
pay-email-left = All right, I no longer ask for the address. You can buy credits at any time: /buy
pay-email-change = ✉️ Change the address for receipts

pay-bill =
    🧾 <b>{ $title }</b>

    { $credits } for <b>{ $price }</b>
pay-bill-goes-on = After the payment the video starts by itself.
pay-bill-preparing = Preparing the link to pay…
pay-bill-until = It can be paid until { $until } Moscow time.
pay-bill-completed = Paid ✅
pay-bill-hidden =
    The bill is put away, no money was taken. It ends by itself.
    If you still pay it on an open page, the credits come.
pay-bill-hidden-draft = The video does not start by itself then: confirm the order with its button.
pay-bill-moved = This bill is shown below.
pay-pay = Pay { $price }
pay-check = I have paid, check it
pay-refresh = Refresh
pay-hide = Put the bill away
pay-show = Show the bill
pay-again = 💳 Choose a plan
pay-check-waiting = The payment has not come yet. If you have just paid, wait a minute: the credits come by themselves.
pay-check-preparing = The link to pay is still being prepared, please wait a moment.
pay-check-completed = Paid, the credits are yours.
pay-check-unknown = I cannot find that out right now. If you have paid, the credits come by themselves.
pay-not-yours = You have no such bill.

pay-completed = ✅ The payment came: { $credits }.
pay-completed-debt = Of these, paid into your debt: { $debt }.
pay-balance = Your balance: <b>{ $balance }</b>.
pay-completed-receipt = The receipt goes to { $email }.
pay-back =
    ↩️ { $money } went back, { $n ->
        [one] { $credits } was taken
       *[other] { $credits } were taken
    }.
pay-back-free = ↩️ { $money } went back, no credits were taken.
pay-back-debt = Spent already and now a debt: { $debt }. The next credits pay it first.
pay-back-failed = The money did not go back, so the credits returned: { $credits }.

pay-go-on = The order is saved. Choose a plan: after the payment <b>the video starts by itself</b>, nothing has to be confirmed.
pay-go-on-button = Pay and create at once: { $title }, { $price }
pay-only = 💳 Only buy credits
pay-draft-kept = The order is saved: once you have the credits, press “Create” again.
pay-draft-changed = The order has changed since, so it did not start by itself. Please check the card:

pay-canceled = The payment failed, no money was taken. Please try again or in another way.
pay-canceled-3d_secure_failed = The payment failed: it was not confirmed with the bank’s code. No money was taken, please try again.
pay-canceled-call_issuer = The payment failed: the bank declined it and asks you to call. No money was taken.
pay-canceled-canceled_by_merchant = The bill is cancelled, no money was taken.
pay-canceled-replaced = Another bill took the place of this one, no money was taken.
pay-canceled-card_expired = The payment failed: the card has expired. No money was taken, please try another card.
pay-canceled-country_forbidden = The payment failed: a card of this country cannot be used. No money was taken, please try another card.
pay-canceled-expired_on_confirmation = The time to pay is over, no money was taken.
pay-canceled-fraud_suspected = The payment failed: the payment service held it back out of caution. No money was taken, please try another way.
pay-canceled-general_decline = The payment failed: the bank declined it and gave no reason. No money was taken, please try another card or ask your bank.
pay-canceled-identification_required = The payment failed: the wallet has to be verified first. No money was taken, please try another way.
pay-canceled-insufficient_funds = The payment failed: there was not enough money. No money was taken, top up the card or try another one.
pay-canceled-internal_timeout = The payment failed: the payment service did not answer in time. No money was taken, please try again.
pay-canceled-invalid_card_number = The payment failed: the card number is wrong. No money was taken, please try again.
pay-canceled-invalid_csc = The payment failed: the code on the back of the card is wrong. No money was taken, please try again.
pay-canceled-issuer_unavailable = The payment failed: your bank does not answer right now. No money was taken, please try later or another card.
pay-canceled-no_address = No bill was made out: there is no address for the receipt. Please choose the plan again.
pay-canceled-payment_method_limit_exceeded = The payment failed: the limit of the card or wallet is reached. No money was taken, please try another way.
pay-canceled-payment_method_restricted = The payment failed: this card or wallet cannot be used right now. No money was taken, please try another way.
pay-canceled-permission_revoked = The payment failed: the permission to charge was withdrawn. No money was taken, please try another way.
pay-canceled-refused = The bill could not be made out through our fault, no money was taken. We are on it, please try later.
pay-canceled-rejected_by_timeout = The payment failed: its time was over. No money was taken, please try again.
pay-canceled-unsupported_mobile_operator = The payment failed: this mobile operator cannot be used. No money was taken, please try another way.

wrong-photo-not_image = This is not a picture. Send a photo of the product: JPEG, PNG, WEBP or HEIC.
wrong-photo-too_large = The file is too large. Send a picture of up to 20 MB, or simply a photo.
wrong-photo-too_small = The picture is too small: at least { $min }×{ $min } pixels are needed. Please send a larger photo.
wrong-photo-too_narrow = The picture is too narrow for a video. Send a photo of usual proportions.
wrong-photo-broken = The file is damaged and could not be opened. Please send the photo again.
wrong-photo-animated = An animation will not do. Send an ordinary photo of the product.
wrong-photo-vector = A vector drawing (SVG) will not do. Send a photo: JPEG, PNG, WEBP or HEIC.
wrong-text-too_long = Too long: { $length } characters, { $max } are allowed. Please shorten it.
wrong-text-no_words = Words are needed: write at least the product’s name in letters.
wrong-need-photo = A photo is needed here.
wrong-need-button = Please choose with a button.
wrong-kind-voice = I do not understand voice messages yet.
wrong-kind-video = I do not take videos: a photo of the product is needed.
wrong-kind-sticker = A sticker is sweet, but will not do for a video.
wrong-kind-other = I do not understand such a message.
wrong-command = There is no such command. All commands: /help
wrong-button = This button is out of date.
wrong-draft = This card is out of date, here is the current one.
wrong-job = You have no such order.
wrong-edit = I do not see edits. Please send the text as a new message.
wrong-not-started = Press /start first: it opens your account and accepts the terms.
wrong-private = I work in private chats. Please write to me directly.
nothing-to-cancel = There is nothing to cancel: you are not ordering anything. An order in the queue has its own button.
dropped = The order is cancelled, no credits were taken.
unavailable-now = I cannot find that out right now. Please try in a minute, your credits are safe.
broken = Something went wrong on my side. We know about it already. Try again or start over: /start
idle = To shoot a video, send a photo of your product.

# --- Telegram Stars and questions about payments ---

command-paysupport = Questions about payments
stars-invoice-about = “{ $title }”: { $credits } for videos in this bot. The credits come right after the payment.
stars-unknown = This invoice does not fit. Choose a plan in the bot again. No Stars were taken.
stars-paid = This invoice is paid already. If you need more, choose a plan again. No Stars were taken.
stars-over = This invoice is no longer valid. Choose a plan again. No Stars were taken.
stars-changed = The price in this invoice has changed. Choose a plan again. No Stars were taken.
stars-silent = The invoice cannot be checked right now. Try again in a minute. No Stars were taken.
stars-checking =
    Your payment has arrived and is being checked. The credits come after that, and no Stars get lost.
    Questions about payments: /paysupport
paysupport =
    <b>Questions about payments</b>

    { $who }
    Say when and how much you paid. Telegram's own support does not help with purchases in bots.

    If money or Stars were taken and there are no credits, wait an hour: the bot compares every payment and grants the credits by itself.
    A payment can be returned for credits that are not spent: money goes back where it came from, and Stars to your balance in Telegram. The credits are taken back then.
paysupport-contact = Write to support: { $support }.
paysupport-owner = Write to the bot's owner: the bot's profile says how.
