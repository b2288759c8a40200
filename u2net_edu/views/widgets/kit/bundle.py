"""JavaScript modules joined into the one ES module that a widget or a page may have.

Nothing is built and nothing is committed: what is joined is the files as they stand, so that an
edit is seen as soon as Python starts again, on a machine without node, too. Each module keeps a
scope of its own, as in a browser:

    const $kit_dom = (() => { …; return { element, mount }; })();

Understood are the statements below, each at the beginning of a line; any other `import` or
`export` is refused, as are circles, names that are defined twice, and names that no module exports.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent.parent
NAME = r"[A-Za-z_$][\w$]*"
IMPORT = re.compile(
    rf'^import (?:(?P<default>{NAME})|\{{(?P<names>[^}}]*)\}}) from "(?P<path>\.[^"]*)";$', re.M
)
EXPORT = re.compile(
    rf"^export (?:(?P<default>default )|(?=(?:async )?(?:function|class|const)\b"
    rf"(?: (?P<name>{NAME}))?))",
    re.M,
)
DEFINED = re.compile(
    rf"^(?:export )?(?:async )?(?:function\*?|class|const|let|var) (?:(?P<name>{NAME})|"
    rf"[\[{{](?P<names>[^\]}}=]*)[\]}}])",
    re.M,
)
UNKNOWN = re.compile(r"^(?:import|export)\b.*", re.M)


class BundleError(ValueError):
    """A module that cannot be joined with the others, and why."""


@dataclass
class Module:
    """One file: its text without imports and exports, and what these said."""

    path: Path
    text: str
    imports: list[tuple[Path, list[tuple[str, str]]]] = field(default_factory=list)
    exports: list[str] = field(default_factory=list)

    @property
    def label(self) -> str:
        return self.path.relative_to(FOLDER).as_posix() if self.inside else self.path.name

    @property
    def inside(self) -> bool:
        return self.path.is_relative_to(FOLDER)

    @property
    def variable(self) -> str:
        return "$" + re.sub(r"\W", "_", self.label.removesuffix(".js"))


def bundle(entry: str | Path) -> str:
    """The module `entry`, a path below this package's folder without `.js`, and all it imports.

    Raises: BundleError.
    """
    order: dict[Path, Module] = {}
    _visit((FOLDER / f"{entry}.js").resolve(), order, [])
    modules = list(order.values())
    _refuse_twice([module.variable for module in modules], "files that become one name", entry)
    parts = [_closed(module, order) for module in modules]
    last = modules[-1]
    if named := [name for name in last.exports if name != "default"]:
        parts.append(f"export const {{ {', '.join(named)} }} = {last.variable};")
    if "default" in last.exports:
        parts.append(f"export default {last.variable}.default;")
    return "\n".join(parts) + "\n"


def _visit(path: Path, order: dict[Path, Module], way: list[Path]) -> None:
    """Put a module into the order, behind all that it imports."""
    if path in order:
        return
    if path in way:
        names = " → ".join(each.name for each in [*way[way.index(path) :], path])
        raise BundleError(f"modules import one another in a circle: {names}.")
    module = read_module(path, way[-1] if way else None)
    for source, _ in module.imports:
        _visit(source, order, [*way, path])
    for source, wanted in module.imports:
        for name, _ in wanted:
            if name not in order[source].exports:
                raise BundleError(
                    f"{path.name} imports {name}, which {source.name} does not export."
                )
    order[path] = module


def read_module(path: Path, importer: Path | None = None) -> Module:
    """Parse one file.

    Raises: BundleError.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        wanted = f"which {importer.name} imports" if importer else "the module to begin with"
        raise BundleError(f"there is no {path}, {wanted}.") from None
    module = Module(path, text)
    defined: list[str] = []
    for found in IMPORT.finditer(text):
        default = found["default"]
        names = [("default", default)] if default else list(_pairs(found["names"]))
        module.imports.append(((path.parent / found["path"]).resolve(), names))
        defined += [own for _, own in names]
    for found in DEFINED.finditer(text):
        inside = found["names"]
        defined += [own for _, own in _pairs(inside, ":")] if inside else [found["name"]]
    _refuse_twice(defined, "names", path.name)
    for found in EXPORT.finditer(text):
        name = "default" if found["default"] else found["name"]
        if name is None:
            raise BundleError(f"{path.name}: expected a single name after {found.group()!r}.")
        module.exports.append(name)
    _refuse_twice(module.exports, "exports", path.name)
    module.text = EXPORT.sub(
        lambda found: "const exported = " if found["default"] else "", IMPORT.sub("", text)
    ).strip()
    if strange := UNKNOWN.search(module.text):
        raise BundleError(f"{path.name}: this is not understood here: {strange.group()}")
    return module


def _pairs(names: str, between: str = " as "):
    """("name", "own name") for each of `a, b as c`."""
    for each in filter(None, (part.strip().lstrip(".") for part in names.split(","))):
        name, _, own = each.partition(between)
        yield name.strip(), (own or name).strip()


def _refuse_twice(names: list[str], what: str, where: str | Path) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BundleError(f"{where}: {what} defined twice: {', '.join(twice)}.")


def _closed(module: Module, order: dict[Path, Module]) -> str:
    """A module as a constant that holds what it exports."""
    taken = []
    for source, names in module.imports:
        listed = ", ".join(name if name == own else f"{name}: {own}" for name, own in names)
        taken.append(f"const {{ {listed} }} = {order[source].variable};")
    given = ", ".join("default: exported" if n == "default" else n for n in module.exports)
    lines = [*taken, module.text, f"return {{ {given} }};"]
    return (
        f"// {module.label}\nconst {module.variable} = (() => {{\n" + "\n".join(lines) + "\n})();"
    )
