"""E-mail in and out: a customer's mail is read here, and the draft of an answer is written here."""

from heedful.mail.parts import from_parts
from heedful.mail.read import ParsedMail, parse, reply_mail
from heedful.mail.write import Layout, close, greeting, render, reply_subject

__all__ = ["Layout", "ParsedMail", "close", "from_parts", "greeting", "parse", "render", "reply_mail", "reply_subject"]
