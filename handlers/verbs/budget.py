"""`budget`: says what a session may use, or raises it. Called by `carry_out`; pure."""

from handlers import wording
from handlers.answering import login, reply, seen
from handlers.asked import CommandGiven, Elsewhere, SessionBrief
from handlers.effects import Effect, RaiseBudget
from handlers.grammar.words import Command
from handlers.session_spec import refused


def budget(event: CommandGiven, command: Command, place: Elsewhere) -> list[Effect]:
    """Raises the limit of what runs, else of the last session, whose next try has it then."""
    who, options, prefix = login(event), command.options, event.dialect.prefix
    session = _meant(place)
    if session is None:
        return [reply(event, f"none-{command.ordinal}", wording.no_session_yet(who, "budget", prefix=prefix))]
    if options.max_cost is None and options.max_turns is None:
        words = wording.budget_now(session, _limit(place, session), prefix=prefix)
        return [reply(event, f"budget-{command.ordinal}", words)]
    if no := refused(options, place.bounds):
        return [reply(event, f"bounds-{command.ordinal}", wording.not_granted(who, no.why))]
    if options.max_cost is not None and float(options.max_cost) <= float(session.usd):
        return [reply(event, f"below-{command.ordinal}", wording.budget_below_use(who, session, prefix=prefix))]
    cost = None if options.max_cost is None else float(options.max_cost)
    raised = RaiseBudget(session.namespace, session.name, session.uid, who, cost, options.max_turns)
    words = wording.budget_raised(who, session, cost=cost, turns=options.max_turns)
    return [seen(event), raised, reply(event, f"raised-{command.ordinal}", words)]


def _meant(place: Elsewhere) -> SessionBrief | None:
    """The session that runs, or the last one."""
    known = [one for one in place.sessions if one.spec]
    running = [one for one in known if not one.ended]
    return next(reversed(running or known), None)


def _limit(place: Elsewhere, session: SessionBrief) -> float:
    asked = (session.spec.get("budget") or {}).get("costUSD")
    return float(asked) if asked is not None else place.bounds.usual_cost_usd
