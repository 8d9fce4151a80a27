"""The methods of the Bot API that the sandbox has. Any other is refused, loudly."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from infra.sandbox.telegram.methods import (
    callbacks,
    edits,
    files,
    media,
    payments,
    profile,
    texts,
    updates,
)
from infra.sandbox.telegram.methods.call import Call
from infra.sandbox.telegram.world import TelegramWorld

Handler = Callable[[TelegramWorld, Call], Awaitable[object]]

HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        name.lower(): handler
        for name, handler in (
            ("getMe", profile.get_me),
            ("getChat", profile.get_chat),
            ("setMyCommands", profile.set_my_commands),
            ("getMyCommands", profile.get_my_commands),
            ("deleteMyCommands", profile.delete_my_commands),
            ("setMyDescription", profile.set_my_description),
            ("setMyShortDescription", profile.set_my_short_description),
            ("setChatMenuButton", profile.set_chat_menu_button),
            ("getUpdates", updates.get_updates),
            ("setWebhook", updates.set_webhook),
            ("deleteWebhook", updates.delete_webhook),
            ("getWebhookInfo", updates.get_webhook_info),
            ("sendMessage", texts.send_message),
            ("sendChatAction", texts.send_chat_action),
            ("copyMessage", texts.copy_message),
            ("forwardMessage", texts.forward_message),
            ("sendPhoto", media.send_photo),
            ("sendVideo", media.send_video),
            ("sendDocument", media.send_document),
            ("sendMediaGroup", media.send_media_group),
            ("editMessageText", edits.edit_message_text),
            ("editMessageCaption", edits.edit_message_caption),
            ("editMessageMedia", edits.edit_message_media),
            ("editMessageReplyMarkup", edits.edit_message_reply_markup),
            ("deleteMessage", edits.delete_message),
            ("deleteMessages", edits.delete_messages),
            ("setMessageReaction", edits.set_message_reaction),
            ("answerCallbackQuery", callbacks.answer_callback_query),
            ("getFile", files.get_file),
            ("sendInvoice", payments.send_invoice),
            ("answerPreCheckoutQuery", payments.answer_pre_checkout_query),
            ("refundStarPayment", payments.refund_star_payment),
            ("getStarTransactions", payments.get_star_transactions),
        )
    }
)
