"""
Explanations in sentences, each made from measured facts and nothing else.

A sentence is a key of the catalogue and a rule: from the facts, the rule makes the values that the
sentence prints, or None where the facts do not bear it out. Each rule has a test with facts for
which its sentence must not appear.
"""
