"""How people say in English what adds nothing but its number, as patterns of one sentence each. Data only.

Read by `noise.py`. A pattern has to match all of a sentence, so what may mean more than that stands in none of them:
any word that they do not know may be what the message is about.
"""

import re

_ONE = r"(?:issue|bug|task|feature|ticket|one|pr)"
_TOO = r"(?: (?:too|as well|please|indeed|badly))?"
_REST = (
    r"(?: (?:on|of|for|about|here|this|that|it|its|the|an?|issue|bug|problem|pr|fix|pull|request|feature|release|merge"
    r"|merged|merging|please|yet|so|far|now|soon|asap|when|to|be|will|is|in|being|fixed|released|done|landing|help|work|hard|you"
    r"|your|all|again|guys|everyone|team|maintainers?|efforts?|looking|into|quick|fast|reply|response|great|awesome|next"
    r"|version|support|sharing|reporting|a lot|so much|very much|job|catch))*"
)
"""Words that may follow and tell nothing."""
_VERY = r"(?:(?:really|so|super|very|absolutely|extremely) )*"
_FINE = r"(?:great|awesome|nice|useful|helpful|cool|amazing|fantastic|good|perfect|excellent|lovely|wonderful|handy)"
_AGREEMENT = (
    r"me (?:too|three|as well)|same(?: (?:here|problem|issue|error|for me|as above|boat|with me))*"
    r"|i(?: am|'?m)? (?:also )?(?:have|having|see|seeing|get|getting|hitting|facing|experiencing)"
    r" (?:the |this |that )?(?:same |exact )*(?:problem|issue|error|thing)(?: too| here| as well)?"
    r"|agreed?|exactly|this|yes|yep|yeah|indeed|up|lgtm|sgtm|looks good(?: to me)?|ship it|approved?"
    r"|(?:i )?(?:would|'?d) (?:really )?(?:love|like) (?:this|to see this|to have this)(?: too| as well)?"
    rf"|(?:this|that|it)(?: would|'?d| will|'?ll) be (?:a )?{_VERY}{_FINE}(?: feature| addition| one)?"
    rf"(?: to (?:have|see)(?: this| it)?)?{_TOO}"
    rf"|{_VERY}looking forward to (?:this|it)|(?:i )?(?:really |also |badly )*(?:need|want) (?:this|it){_TOO}"
    r"|(?:still )?(?:happening|occurring|affected|broken)(?: (?:for me|here))?(?: too| as well)?"
)
_WAY_ROUND = r"(?:known |possible |other )?(?:workarounds?|work-arounds?|work arounds?|solutions?|fix(?:es)?)"
_NEWS = (
    rf"(?:any|is there any|are there any) (?:update|news|progress|eta|movement|plan|chance|timeline)s?{_REST}"
    rf"|any {_WAY_ROUND}{_REST}"
    r"|(?:is there|are there|(?:has )?anyone (?:found|have|got)|does anyone have) (?:(?:any|an?|the) )?"
    rf"{_WAY_ROUND}{_REST}"
    rf"|(?:what(?:'?s| is) the )?(?:status|eta|progress){_REST}"
    r"|(?:friendly |gentle )?ping|bump|(?:please )?(?:fix|merge) this(?: (?:please|asap|soon))*"
    rf"|when (?:will|can|is) (?:this|it) (?:be )?(?:fixed|released|merged|done|land|available|ready){_REST}"
)
_THANKS = (
    r"(?:many |big )?(?:thanks|thank you|thx|ty|cheers|great|awesome|nice|cool|perfect|amazing|good (?:job|work|catch))"
    rf"{_REST}"
    r"|following|subscrib(?:e|ed|ing)|watching|lol|wow"
)
_THIS = rf"(?:this|it)(?: {_ONE})?(?: up)?{_TOO}"
_FOR_THE_WORK = (
    rf"(?:can|could|may|might) (?:i|we) (?:please )?(?:work on|take(?: on| up)?|pick(?: up)?|handle) {_THIS}"
    rf"|(?:can|could) i (?:please )?be assigned(?: to)?(?: {_THIS})?"
    rf"|(?:(?:can|could) (?:you|someone) )?(?:please )?assign (?:me|me to {_THIS}|{_THIS} to me){_TOO}"
    r"|i(?: would like| would love|'?d like|'?d love|'?m happy| am happy| want) to"
    rf" (?:work on|take|contribute to|pick up) {_THIS}"
    rf"|i(?:'?m| am) interested in (?:working on|contributing to|taking|picking up) {_THIS}"
    rf"|is (?:this|it)(?: {_ONE})? (?:still )?(?:open|free|up for grabs|available to (?:take|work on))"
    r"(?: to work on| for contributions?| to take)?"
)
PATTERNS = {
    "agreement": _AGREEMENT,
    "asking for news": _NEWS,
    "thanks": _THANKS,
    "asking for the work": _FOR_THE_WORK,
}
GREETING = re.compile(
    r"\A(?:(?:hi|hello|hey|dear)(?: (?:there|all|everyone|team|guys|folks|maintainers?))?|please|so|ok|okay) (?=\w)",
    re.IGNORECASE,
)
"""What a sentence may begin with."""
