"""Small faults in SQL, by rules: each mutant is the text with one change, its line and what was changed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

ACCOUNTS = ("available", "held", "debt", "used", "granted", "sold", "refunded", "written_off", "clients")
OUTCOMES = (
    "done",
    "again",
    "conflict",
    "unknown",
    "exhausted",
    "insufficient",
    "in_debt",
    "suspended",
    "locked",
    "partner_in_debt",
    "token_cap",
    "spending_cap",
    "unrelated",
)
KINDS = ("capture", "release", "reverse", "restore", "write_off", "hold", "settle", "fund", "withdraw")
CONDITION = r"(?:[^()\n;]|\([^()]*\))"


@dataclass(frozen=True, slots=True)
class Mutant:
    """The text with one change."""

    line: int
    rule: str
    before: str
    after: str
    sql: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.rule}: {self.before} -> {self.after}"


def _next(names: tuple[str, ...]) -> dict[str, str]:
    """Each name's successor, as what it is replaced by."""
    return dict(zip(names, names[1:] + names[:1], strict=True))


SWAPS: list[tuple[str, str, dict[str, str]]] = [
    ("comparison", r"(?<![<>=:])(?:<>|>=|<=|=|>|<)(?![<>=])",
     {"<>": "=", ">=": ">", "<=": "<", "=": "<>", ">": ">=", "<": "<="}),
    ("direction", r"(?<= )(?:>=|<=|>|<)(?= )", {">=": "<=", "<=": ">=", ">": "<", "<": ">"}),
    ("amount", r"(?<= )[+-](?= )", {"+": "-", "-": "+"}),
    ("number", r"(?<![\w'%])[01](?![\w'%])", {"0": "1", "1": "2"}),
    ("function", r"\b(?:least|sum|min|bool_and)(?=\()",
     {"least": "greatest", "sum": "max", "min": "count", "bool_and": "bool_or"}),
    ("logic", r"\b(?:AND|OR)\b(?! (?:REPLACE|DELETE))", {"AND": "OR", "OR": "AND"}),
    ("found", r"IF NOT FOUND|IF FOUND", {"IF NOT FOUND": "IF FOUND", "IF FOUND": "IF NOT FOUND"}),
    ("null", r"IS NOT NULL|IS NULL", {"IS NOT NULL": "IS NULL", "IS NULL": "IS NOT NULL"}),
    ("outcome", r"(?<=:= )'\w+'|(?<=THEN )'\w+'|(?<=ELSE )'\w+'|(?<== )'new'|(?<=<> )'new'",
     {f"'{one}'": f"'{two}'" for one, two in _next((*OUTCOMES, "new")).items()}),
    ("account", r"'(?:" + "|".join(ACCOUNTS) + ")'",
     {f"'{one}'": f"'{two}'" for one, two in _next(ACCOUNTS).items()}),
    ("kind", r"'(?:" + "|".join(KINDS) + r")'(?=,| THEN| AND|;|\n)",
     {f"'{one}'": f"'{two}'" for one, two in _next(KINDS).items()}),
    ("flow", r"\bCONTINUE;|\bRETURN;", {"CONTINUE;": "RETURN;", "RETURN;": "NULL;"}),
    ("column", r"\b(?:captured|released)\b(?= [=+-])", {"captured": "released", "released": "captured"}),
]  # fmt: skip
"""Names of rules, what they find, and what that becomes."""

CUTS: list[tuple[str, str, str]] = [
    ("lock", r" FOR NO KEY UPDATE", ""),
    ("on conflict", r"ON CONFLICT \(\w+\) DO NOTHING", ""),
    ("coalesce", r"coalesce\(([^(),]+(?:\([^()]*\))?[^(),]*), [^(),]+\)", r"(\1)"),
    ("filter", r" FILTER \(WHERE [^()]*\)", ""),
    ("key", r"'(hold:|:settle|:debt|restore:)'", r"'x\1'"),
    ("key", r"\(p_key, p_key \|\| ':debt'\)", "(p_key)"),
    ("key", r"\(p_reversal_key, p_reversal_key \|\| ':debt'\)", "(p_reversal_key)"),
    ("guard left out", rf" AND (?:NOT EXISTS \([^()]*\)|\([^()]*\)|{CONDITION}+?)(?=\n| AND | THEN|;| RETURNING|\))", ""),
    ("guard left out", rf"(?<=WHERE ){CONDITION}+? AND ", ""),
    ("guard left out", r"(?<=IF )[^\n;]+? AND (?=[^\n]* THEN)", ""),
    ("guard left out", r"\(p_credits IS NULL OR seen.amount = p_credits\)", "true"),
    ("always", r"(?<=IF )(?!NOT EXISTS|EXISTS)[^\n;]+?(?= THEN)", "true"),
    ("never", r"(?<=IF )(?!NOT EXISTS|EXISTS)[^\n;]+?(?= THEN)", "false"),
    ("case", r"CASE WHEN [^\n]*? END", "NULL"),
    ("case", r"CASE WHEN [^\n]*? THEN (clock_timestamp\(\)|p_credits)[^\n]*? END", r"\1"),
    ("statement", r"(?<=\n)( +)PERFORM [^;]+;", r"\1NULL;"),
    ("statement", r"(?<=\n)( +)UPDATE [^;]+;", r"\1NULL;"),
    ("statement", r"(?<=\n)( +)INSERT [^;]+;", r"\1NULL;"),
    ("statement", r"(?<=\n)( +)SELECT [^;]+;", r"\1NULL;"),
    ("statement", r"(?<=\n)( +)\w+ := [^;]+;", r"\1NULL;"),
    ("column left out", r"(?<=SET )\w+ = [^\n]*,\n? *(?=\w+ = )", ""),
    ("argument", r"\bp_reason\b(?=[,)])(?! text)", "'x'"),
    ("argument", r"\bp_actor\b(?=[,)])", "NULL"),
    ("argument", r"(?<!RETURNS )\bp_token\b(?=[,)])", "NULL"),
    ("argument", r"\bp_reference\b(?=[,)])", "'x'"),
    ("argument", r"\b(?:p_key|p_about)\b(?=[,)])", "'x'"),
    ("argument", r"\b(?:the_hold\.id|the_hold|r_hold|p_hold|the_hold\.actor_id|the_hold\.token_id)(?=,|\))(?!\.)", "NULL"),
    ("argument", r"\b(?:r_available|left_available|wallet\.available)(?=\))", "0"),
    ("argument", r"\bleft_available \+ paid(?=\))", "left_available"),
    ("argument", r"\bclock_timestamp\(\)", "'2001-01-01'"),
    ("trigger", r"CREATE OR REPLACE TRIGGER (\w+) BEFORE [\w ]+? ON (\w+)\n[^;]+;", r"DROP TRIGGER \1 ON \2;"),
    ("trigger", r"(?<=BEFORE )UPDATE OR DELETE", "UPDATE"),
    ("trigger", r"(?<=BEFORE )UPDATE OR DELETE", "DELETE"),
    ("trigger", r"OLD\.ended_at IS NOT NULL\n    OR ", ""),
    ("trigger", r"\n    OR \(OLD\.id[^\n]+\n[^\n]+", ""),
    ("trigger", r"(?:OLD|NEW)\.(?:id|workspace_id|reference|amount)(?=[,)])", "NULL"),
    ("trigger", r"OR NEW\.captured < OLD\.captured", ""),
    ("trigger", r" OR NEW\.released < OLD\.released", ""),
    ("trigger", r"RAISE EXCEPTION [^;]+;", "RETURN NEW;"),
]  # fmt: skip
"""Names of rules, what they find, and what is left of it."""


def mutants(sql: str) -> list[Mutant]:
    """All of them, each different from the others, in the order of their lines."""
    found: dict[str, Mutant] = {}
    for mutant in _all(sql):
        found.setdefault(mutant.sql, mutant)
    return sorted(found.values(), key=lambda one: one.line)


def _all(sql: str) -> Iterator[Mutant]:
    code = re.sub(r"--[^\n]*", lambda comment: " " * len(comment[0]), sql)
    head = code.index("CREATE OR REPLACE FUNCTION")
    for rule, pattern, becomes in SWAPS:
        for hit in re.finditer(pattern, code[head:]):
            if hit[0] in becomes and not _declared(code, head + hit.start()):
                yield _changed(sql, rule, head + hit.start(), head + hit.end(), becomes[hit[0]])
    for rule, pattern, left in CUTS:
        for hit in re.finditer(pattern, code[head:]):
            if not _declared(code, head + hit.start()):
                yield _changed(sql, rule, head + hit.start(), head + hit.end(), hit.expand(left))


def _declared(code: str, spot: int) -> bool:
    """Whether it is between a function's name and its body."""
    start = code.rfind("CREATE OR REPLACE FUNCTION", 0, spot)
    return start >= 0 and "$$" not in code[start:spot]


def _changed(sql: str, rule: str, start: int, end: int, left: str) -> Mutant:
    changed = sql[:start] + left + sql[end:]
    line = sql.count("\n", 0, start) + 1
    opens, shut = sql.rfind("\n", 0, start) + 1, sql.find("\n", end)
    before = " ".join(sql[opens:shut].split())
    after = " ".join((sql[opens:start] + left + sql[end:shut]).split())
    return Mutant(line, rule, before, after, changed)
