"""What is told to whoever has started a line to play with: its addresses, who signs in, whom to dial as."""

from rich.console import Console

from ivr import demo, made_up


def show(console: Console, *, line: str, telephones: str, api_token: str, environment: str = "") -> None:
    """Print it. ``line`` and ``telephones`` are addresses; ``environment`` stands before each command."""
    phone = f"{environment}.venv/bin/ivr phone"
    console.rule("[bold]Postventa")
    console.print(
        f"[bold]phone    {telephones}/phone[/]   [dim]two telephones in the browser: press Llamar[/]"
    )
    console.print(f"console  {line}/console/")
    for role, email in demo.sign_ins().items():
        console.print(f"         {role:<14} {email:<28} {made_up.passwords()[role]}", soft_wrap=True)
    console.print(f"API      {line}/api/v1/openapi.json")
    console.print(f"         Authorization: Bearer {api_token}", soft_wrap=True)
    console.print(f"health   {line}/readyz")
    console.print("\nDial from a second terminal, in this folder:")
    console.print(f"  {phone}                        [dim]a stranger, with live keys[/]", soft_wrap=True)
    for person in demo.PEOPLE:
        console.print(f"  {phone} --from {person.number:<15} [dim]{person.who}[/]", soft_wrap=True)
    console.print(
        f'  {phone} --keys "2 101# 1 1204# 1"     [dim]keys sent as they are asked for[/]', soft_wrap=True
    )
    console.print("\nStop with Ctrl-C.")
