"""Creates the virtual environments the peers run in: one folder a peer under `.peers/` of the checkout.

python benchmarks/peer_environments.py            # all of them
python benchmarks/peer_environments.py h2o keras  # some of them
"""

import argparse
import os
import subprocess
import venv
from pathlib import Path

PEERS = ("h2o", "keras", "mlflow", "pyod")
REQUIREMENTS = Path(__file__).resolve().parent / "peers"
CHECKOUT = Path(__file__).resolve().parent.parent
ENVIRONMENTS = CHECKOUT / ".peers"


class MissingEnvironment(SystemExit):
    """The environment of a peer has not been created; ends the program, unless it can do without."""


def peer_python(peer: str) -> Path:
    """Return the interpreter of a peer's environment.

    Raises:
        MissingEnvironment: it has not been created.
    """
    python = ENVIRONMENTS / peer / "bin" / "python"
    if not python.exists():
        raise MissingEnvironment(
            f"The environment of {peer} is missing. Create it: python benchmarks/peer_environments.py {peer}"
        )
    return python


def create_environment(peer: str) -> None:
    """Create or complete one peer's environment, byte code included, as an ordinary installation has it."""
    folder = ENVIRONMENTS / peer
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    install: list[str | Path] = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--compile"]
    # With this variable set, every import of a peer would compile its sources again and look slow.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([*install, "--requirement", REQUIREMENTS / f"{peer}.txt"], check=True, env=variables, cwd=CHECKOUT)
    print(f"{peer}: {folder}")


def main() -> None:
    """Create the environments named on the command line, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peers", nargs="*", metavar="PEER", help=f"which of {', '.join(PEERS)} (default: all)")
    peers = parser.parse_args().peers or PEERS
    if unknown := sorted(set(peers) - set(PEERS)):
        parser.error(f"unknown peer {unknown[0]!r}; choose from {', '.join(PEERS)}")
    for peer in peers:
        create_environment(peer)


if __name__ == "__main__":
    main()
