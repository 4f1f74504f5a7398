"""How models speak when they are asked for a title: patterns, matched without regard to case."""

from __future__ import annotations

import re


def _any(*phrases: str, start: bool = False) -> re.Pattern[str]:
    return re.compile(f"{'^' if start else ''}(?:{'|'.join(phrases)})", re.IGNORECASE)


_TITLE = (
    r"titles?|titel|titre|título|titolo|tytuł|název|názov|naslov|cím|titlu|rubrik|tittel|otsikko|başlık"
    r"|tiêu đề|judul|заголовок|название|назва|τίτλος|عنوان|כותרת|शीर्षक|ชื่อเรื่อง"
    r"|标题|標題|题目|題目|タイトル|題名|제목"
)
_THINKING = r"(?:think|thinking|thought|reasoning|reflection|analysis|seed:think)"

THINKING_OPENS = _any(rf"<{_THINKING}>", r"\[think\]", "◁think▷")
THINKING_CLOSES = _any(rf"</{_THINKING}>", r"\[/think\]", "◁/think▷")
FINAL_CHANNEL = _any(r"<\|channel\|>\s*final\s*<\|message\|>")
END_TOKEN = _any(
    r"<\|(?:im_end|eot_id|end|endoftext|return|eom_id)\|>", "</s>", "<end_of_turn>", "<eos>", r"\[/?INST\]"
)
TOKEN = _any(
    r"<\|(?:im_start|start|start_header_id)\|>(?:assistant|model)?",
    r"<\|[^|<>\n]{1,40}\|>",
    "</?s>",
    "<(?:start|end)_of_turn>(?:model|user)?",
    "<(?:bos|eos|pad)>",
)

LABEL = _any(
    r"(?:(?:the|a|my|suggested|proposed|possible|conversation|chat|descriptive|concise|short|final|new"
    r"|(?:5|five)[- ]words?)\s+)*"
    rf"(?:{_TITLE})(?:\s+(?:suggestion|idea|option)s?)?(?:\s*[:：=]\s*|\s+[-–—]\s+)",
    r"(?:name|subject|topic|summary|answer|assistant|response|output|option \d+|betreff|tema)\s*[:：]\s+",
    start=True,
)
PREAMBLE = _any(
    r"^(?:sure|certainly|of course|okay|ok|absolutely|here['’]?s|here (?:is|are)|voici|hier ist|ecco)\b",
    rf"\b(?:{_TITLE})\b.{{0,60}}\b(?:is|be|conversation|chat)\s*[:：]",
)
FILLER = _any(r"(?:sure|certainly|of course|okay|ok|absolutely|great|alright)\b[^:：]{0,60}$", start=True)
NAMED = _any(_TITLE, r"\b(?:name|call|conversation|chat)\b")
QUOTED = _any(
    '"([^"]{3,100})"',
    "“([^“”]{3,100})”",
    "«([^«»]{3,100})»",
    "„([^„“”]{3,100})[“”]",
    r"\*\*([^*]{3,100})\*\*",
    "「([^「」]{2,60})」",
)

REFUSAL = _any(
    r"i['’]?m sorry|i am sorry|sorry,|i apologi[sz]e|my apologies",
    r"as an ai|i['’]?m an ai|i am an ai",
    r"i can(?:no|['’])?t (?:help|assist|provide|create|generate|give|do|comply|answer|access|see|continue)",
    r"(?:i am|i['’]m) (?:not able|unable)|i (?:don['’]t|do not) (?:have|see|know|understand)",
    "unfortunately,? i",
    r"please (?:provide|share|give me|tell me|clarify)",
    r"(?:could|can) you (?:please )?(?:provide|share|clarify|tell)",
    r"there is no conversation|no conversation",
    r"es tut mir leid|je suis désolé|désolé,|lo siento,|desculpe|mi dispiace|извините|к сожалению",
    r"抱歉|对不起|對不起|很抱歉|申し訳|すみません|죄송",
    start=True,
)
TALK = _any(
    r"how (?:can|may) i (?:help|assist)|what can i (?:do|help)|is there anything",
    r"let me (?:know|think|help|explain|see)|feel free to|(?:happy|glad) to (?:help|assist)",
    r"\bthe user(?:'s)?\b.{0,20}\b(?:wants?|is|asks?|asked|needs?)\b|^we (?:need|should|have) to\b",
    r"^(?:okay|ok|alright|hmm),? (?:so|let|the|i)\b|^(?:i['’]ll|i will|i would|i['’]d)\b",
    r"captures the (?:essence|topic)|based on (?:the|this|our) conversation",
)
PLACEHOLDER = _any(
    r"(?:a |the )?(?:descriptive|concise|short|(?:5|five)[- ]words?)\b.{0,30}\btitle\b",
    r"(?:insert |your )?(?:(?:chat|conversation) )?(?:title|name)(?: here)?$",
    r"no title|(?:new|untitled|unnamed) (?:chat|conversation|document)$|(?:chat|conversation)(?: summary)?$",
    r"(?:hello|hi|hey|greetings?|thank you|thanks|you['’]re welcome|yes|no|ok|okay|sure)$",
    r"(?:untitled|none|null|nan|n/a|undefined|unknown|error|true|false|assistant|user|summary)$",
    rf"(?:{_TITLE})$|(?:unbenannt|sans titre|sin título|无标题|新对话)$",
    start=True,
)
