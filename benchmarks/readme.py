"""Tables in the project's README that are made from measured figures, never typed."""

from pathlib import Path

README = Path(__file__).resolve().parents[1] / 'README.md'


def replace_table(name: str, table: str) -> None:
    """Put a Markdown table between README.md's marks ``<!-- NAME table -->`` and ``<!-- end of NAME table -->``."""
    start, end = f'<!-- {name} table -->\n', f'<!-- end of {name} table -->\n'
    head, rest = README.read_text().split(start)
    tail = rest.split(end)[1]
    README.write_text(f'{head}{start}{table}\n{end}{tail}')
