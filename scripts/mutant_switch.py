"""All mutants of a file in one program, of which one is chosen when it starts.

A function with mutants becomes a choice between copies of its body, one for
each mutant and the original. So sources and tests are compiled once for many
mutants instead of once for each, which is nearly all of the time one takes
("mutant schemata": Untch, Offutt, Harrold, ISSTA 1993). What stands outside of
functions, or does not compile beside the others, is left to scripts/mutants.
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
    around = outer(words)
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


def bodies(tokens):
    """Begin and end, as offsets, of what stands between a function's braces."""
    i, words = 0, []
    while i < len(tokens):
        token = tokens[i][1]
        if token in (";", "}"):
            words = []
        elif token == "{":
            what = kind_of(words)
            if what == "scope":
                words = []
            else:
                end = matching(tokens, i)
                if what == "body":
                    yield tokens[i][3], tokens[end][2]
                # What follows a member goes on with the same function.
                words = words + ["}"] if what == "member" else []
                i = end
        else:
            words.append(token)
        i += 1


def enclosing(found, mutant):
    for begin, end in found:
        if begin <= mutant.at and mutant.end <= end:
            return begin, end
    return None


def switched(source, tokens, numbered):
    """The source with a choice in every function that has mutants.

    @param numbered (number, mutant) pairs.
    @returns it, and the numbers of those that are in it."""
    found = list(bodies(tokens))
    by_body = {}
    for number, mutant in numbered:
        where = enclosing(found, mutant)
        if where:
            by_body.setdefault(where, []).append((number, mutant))
    result, last = [], 0
    for (begin, end), inside in sorted(by_body.items()):
        line = source.count("\n", 0, begin) + 1
        result.append(source[last:begin])
        for number, x in inside:
            body = source[begin:x.at] + x.new + source[x.end:end]
            result.append(f"\nif (mutant_switch::is({number})) {{"
                          f'\n#line {line} "mutant-{number}"\n{body}\n}} else ')
        result.append(f'{{\n#line {line} "original"\n{source[begin:end]}\n}}\n')
        last = end
    result.append(source[last:])
    text = '#include "mutant_switch.hpp"\n' + "".join(result)
    return text, [n for inside in by_body.values() for n, _ in inside]


def blamed(errors):
    """Numbers of the mutants that a compiler complains about."""
    return {int(x) for x in re.findall(r"^mutant-(\d+):\d+:\d+: error", errors,
                                       re.M)}
