"""The model gateway: between a session's agent and the model. It holds the key, counts, and stops at the budget.

`gateway(GatewayDoor(…))` gives the routes. How a call goes: door (whose is it?) → ask (may it be asked?) → budget and
ledger (can it be paid?) → relay (pass it on, count) → ledger (what it was).
"""

from bot.gateway.door import GatewayDoor, gateway
from bot.gateway.upstream import Upstream

__all__ = ["GatewayDoor", "Upstream", "gateway"]
