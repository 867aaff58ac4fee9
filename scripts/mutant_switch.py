"""All mutants of a file in one program, of which one is chosen when it starts.

A function with mutants becomes a choice between copies of its body, one for
each mutant and the original; a number outside of functions, such as a default,
becomes a choice between numbers. So sources and tests are compiled once for
many mutants instead of once for each, which is nearly all of the time one takes
("mutant schemata": Untch, Offutt, Harrold, ISSTA 1993). What does not compile
beside the others, or must be known to the compiler, is left to scripts/mutants.
"""
import re

VARIABLE = "RESILIENCE_MUTANT"

HEADER = f"""// Which mutant runs: 0, none, unless {VARIABLE} says so.
#pragma once
#include <cstdlib>
#include <type_traits>
namespace mutant_switch {{
inline const int chosen = [] {{
  auto* x = std::getenv("{VARIABLE}");
  return x != nullptr ? std::atoi(x) : 0;
}}();
constexpr bool is(int n) {{
  return !std::is_constant_evaluated() && chosen == n;
}}
// For constants, which the compiler would evaluate otherwise.
inline bool at_start(int n) {{
  return chosen == n;
}}
}}
"""


def matching(tokens, i):
    """Index of the brace that closes the one at `i`."""
    depth = 0
    for j in range(i, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[j][1], 0)
        if depth == 0:
            return j
    raise ValueError("braces do not match")


def plain(words):
    """A declaration without what says how it lies in memory."""
    if "alignas" not in words:
        return words
    at = words.index("alignas")
    return words[:at] + words[words.index(")", at) + 1:]


def outer(words):
    """What of a declaration stands outside of (), [] and template<>."""
    result, depth, angle = [], 0, 0
    for i, x in enumerate(words):
        if angle:
            angle += {"<": 1, ">": -1, ">>": -2}.get(x, 0)
        elif x == "<" and i > 0 and words[i - 1] == "template":
            angle = 1
        elif x in "([":
            depth += 1
        elif x in ")]":
            depth -= 1
            if depth == 0:
                result.append("()")
        elif depth == 0:
            result.append(x)
    return result


def kind_of(words):
    """What the brace after `words` opens: "scope", "body" or "value"."""
    around = outer(plain(words))
    if {"namespace", "extern"} & set(around):
        return "scope"
    if {"class", "struct", "union", "enum"} & set(around) and "()" not in around:
        return "scope" if "enum" not in around else "value"
    if "()" not in around or "consteval" in around:
        return "value"
    if "=" in around[:around.index("()")] and "operator" not in around:
        return "value"
    # Members are initialised before the body begins.
    if ":" in around[around.index("()"):] and words[-1] not in (")", "}"):
        return "member"
    return "body"


def declarations(tokens):
    """(indices of the tokens of a declaration, body) each; the body of a
    function as (begin, end), offsets of what stands between its braces."""
    i, head = 0, []
    while i < len(tokens):
        token = tokens[i][1]
        if token in (";", "}"):
            yield head, None
            head = []
        elif token == "{":
            what = kind_of([tokens[j][1] for j in head])
            if what == "scope":
                head = []
            else:
                end = matching(tokens, i)
                if what == "body":
                    yield head, (tokens[i][3], tokens[end][2])
                    head = []
                else:
                    # What follows a member goes on with the same function.
                    head = head + list(range(i, end + 1))
                i = end
        else:
            head.append(i)
        i += 1


def bodies(tokens):
    """Begin and end, as offsets, of what stands between a function's braces."""
    return [body for _, body in declarations(tokens) if body]


# What the compiler must know, or what is no value.
NO_CHOICE = {"alignas", "concept", "consteval", "enum", "friend", "static_assert",
             "using"}


def nested(words):
    """For each, whether it stands between < and > of a template, or [ and ]:
    comparisons are set between spaces, and none stands in a declaration."""
    result, depth = [], 0
    for x in words:
        depth -= {">": 1, ">>": 2, "]": 1}.get(x, 0)
        result.append(depth > 0)
        depth += {"<": 1, "[": 1}.get(x, 0)
    return result


def places(tokens):
    """Where outside of functions one value may stand for another: for each
    offset of a token, the function that chooses and the token that says
    `constexpr`, or None."""
    result = {}
    for head, body in declarations(tokens):
        words = [tokens[j][1] for j in head]
        if NO_CHOICE & set(words):
            continue
        known = [j for j in head if tokens[j][1] == "constexpr"]
        constant = known[0] if known and not body else None
        chooser = "is" if constant is None else "at_start"
        inside = nested(words)
        for at, j in enumerate(head):
            pure = words[at - 1:at] == ["="] and words[at] == "0" \
                and at + 1 == len(head) and "()" in outer(words)
            if not pure and not inside[at]:
                result[tokens[j][2]] = chooser, constant
    return result


def is_enumerator(tokens, mutant):
    """Whether it is the number of one."""
    for head, _ in declarations(tokens):
        if head and tokens[head[0]][2] <= mutant.at <= tokens[head[-1]][2]:
            return "enum" in (tokens[j][1] for j in head)
    return False


def enclosing(found, mutant):
    for begin, end in found:
        if begin <= mutant.at and mutant.end <= end:
            return begin, end
    return None


def choice_of_bodies(source, begin, end, inside):
    """Copies of the body between `begin` and `end`, and the original."""
    line = source.count("\n", 0, begin) + 1
    result = []
    for number, x in inside:
        body = source[begin:x.at] + x.new + source[x.end:end]
        result.append(f"\nif (mutant_switch::is({number})) {{"
                      f'\n#line {line} "mutant-{number}"\n{body}\n}} else ')
    result.append(f'{{\n#line {line} "original"\n{source[begin:end]}\n}}\n')
    return "".join(result)


def choice_of_values(source, chooser, inside):
    """One value for several: all stand for the same token."""
    line = source.count("\n", 0, inside[0][1].at) + 1
    result = []
    for number, x in inside:
        result.append(f'\n#line {line} "mutant-{number}"\n'
                      f"(mutant_switch::{chooser}({number}) ? {x.new} : ")
    return (f'{"".join(result)}{inside[0][1].old}{")" * len(inside)}'
            f'\n#line {line} "original"\n')


VALUE = re.compile(r"\.?\d.*|true|false")


def switched(source, tokens, numbered, fixed=()):
    """The source with a choice wherever there are mutants.

    @param numbered (number, mutant) pairs.
    @param fixed names of constants that must stay constants.
    @returns it, and the numbers of those that are in it."""
    found, free = bodies(tokens), places(tokens)
    groups, constants = {}, {}
    for number, mutant in numbered:
        where = enclosing(found, mutant)
        if where is None and VALUE.fullmatch(mutant.old):
            _, constant = free.get(mutant.at, (None, None))
            if mutant.at not in free or name_of_constant(tokens, constant) in fixed:
                continue
            where = mutant.at, mutant.end
            if constant is not None:
                constants[tokens[constant][2]] = tokens[constant][3]
        if where:
            groups.setdefault(where, []).append((number, mutant))
    pieces = {}
    for (begin, end), inside in groups.items():
        pieces[begin, end] = (
            choice_of_bodies(source, begin, end, inside) if (begin, end) in found
            else choice_of_values(source, free[begin][0], inside))
    for begin, end in constants.items():
        before = source[max(0, begin - 7):begin]
        pieces[begin, end] = "const" if before == "inline " else "inline const"
    result, last = [], 0
    for (begin, end), text in sorted(pieces.items()):
        result += [source[last:begin], text]
        last = end
    result.append(source[last:])
    text = '#include "mutant_switch.hpp"\n' + "".join(result)
    return text, [n for inside in groups.values() for n, _ in inside]


def name_of_constant(tokens, constant):
    """What is declared by the `constexpr` at this index; None without one."""
    if constant is None:
        return None
    for j in range(constant, len(tokens)):
        if tokens[j][1] in ("=", "{"):
            return tokens[j - 1][1]
    return None


def constants(tokens):
    """Names of all that `places` would make no constants."""
    return {name_of_constant(tokens, x) for _, x in places(tokens).values()
            if x is not None}


def blamed(errors):
    """Numbers of the mutants that a compiler complains about."""
    return {int(x) for x in re.findall(r"^mutant-(\d+):\d+:\d+: error", errors,
                                       re.M)}


def needed(errors):
    """Names of constants that a compiler has to know."""
    return set(re.findall(r"the value of .(?:[\w:<>, ]*::)?(\w+). is not usable in"
                          " a constant expression", errors))
