/** Patterns that are refused at load: the message names the construct, its position and a remedy. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePattern, isProblem, type Strategy } from '../../../../src/rules/matching/pattern.ts'

function messageOf(source: string, strategy: Strategy): string | undefined {
  const pattern = compilePattern(source, strategy)
  return isProblem(pattern) ? pattern.message : undefined
}

const whole: readonly (readonly [source: string, message: RegExp])[] = [
  ['', /the URL pattern is empty/],
  ['http://h/<a', /unbalanced "<" at position 10: every "<" needs its ">"/],
  ['http://h/a>', /unbalanced ">" at position 11/],
  ['http://h/<a>>', /unbalanced ">" at position 13/],
  ['http://h/\\<a', /neither can be escaped/],
  ['http://h/<(?<=a)b>', /the lookbehind "\(\?<=" at position 11 .*use a lookahead/],
  ['http://h/<.*(?<!\\.php)>', /the lookbehind "\(\?<!" at position 13/],
  ['http://h/<(?>a+)b>', /the atomic group "\(\?>" at position 11 .*use a plain group/],
]

for (const [source, message] of whole)
  test(`names the problem of the pattern ${source}`, () => {
    assert.match(messageOf(source, 'regexp') ?? 'accepted', message)
  })

/** Expressions at position 11 of `http://h/<...>`. */
const expressions: readonly (readonly [expression: string, message: RegExp])[] = [
  ['(a', /unbalanced "\(" at position 11/],
  ['a)', /unbalanced "\)" at position 12/],
  ['[a', /unterminated class "\[" at position 11/],
  ['[]', /unterminated class "\[" at position 11/],
  ['[z-a]', /a range needs two characters, the lower one first, at position 13/],
  ['[a-\\d]', /a range needs two characters/],
  ['[a-z-[aeiou]x]', /a subtraction "-\[...\]" must be the last thing in its class at position 15/],
  ['[[:foo:]]', /unknown class "\[:foo:\]" at position 12/],
  ['*a', /a quantifier with nothing to repeat at position 11/],
  ['a|+', /a quantifier with nothing to repeat at position 13/],
  ['(?i)*', /a quantifier with nothing to repeat/],
  [
    'a++',
    /possessive quantifiers are not supported; put the first one into a group\) at position 13/,
  ],
  ['a{1}{2}', /a quantifier behind a quantifier/],
  ['a{3,2}', /a quantifier whose limits are reversed at position 12/],
  ['a{2147483648}', /the count \{2147483648\} is too large at position 12/],
  [`a{${'9'.repeat(40)}}`, /is too large at position 12/],
  ['\\', /a backslash needs a character behind it at position 11/],
  ['\\y', /unknown escape "\\y" \(write "y" for the character itself\) at position 11/],
  ['\\_', /unknown escape "\\_"/],
  ['\\Qa.b\\E', /the quotation "\\Q...\\E" is not supported \(escape each character\)/],
  ['\\pL', /a Unicode class needs braces, such as "\\p\{L\}", at position 11/],
  ['\\p{Nope}', /unknown Unicode class "Nope" .* at position 11/],
  ['\\x4', /malformed character code \(write "\\x41", "\\x\{41\}" or "\\u0041"\) at position 11/],
  ['\\x{110000}', /malformed character code/],
  ['\\u12', /malformed character code/],
  ['\\c', /unknown control character \(write "\\cA" to "\\cZ"\) at position 11/],
  ['\\c1', /unknown control character/],
  ['\\cß', /unknown control character/],
  ['\\0', /an octal code needs three digits \(write "\\007" or "\\x07"\) at position 11/],
  ['(a)\\3', /the backreference to 3 has no group in this expression/],
  ['(a)\\10', /the backreference to 10 has no group in this expression/],
  ['\\k<x>', /the backreference to x has no group in this expression/],
  ['(?i)(?<q>a)\\k<q>', /a backreference under \(\?i\) is not supported/],
  ['(?<q>a)?\\k<q>', /the backreference to group "q" may meet a group that has not matched/],
  ['(?<1>a)', /the numbered group "1" is not supported .* at position 11/],
  [
    '(?<m>x)(?<q-m>a)',
    /a balancing group is not supported \(write the nesting out\) at position 18/,
  ],
  ['(?<>a)', /malformed group name/],
  [
    '(?(1)a|b)',
    /the conditional "\(\?\(" is not supported \(write two alternatives or two rules\)/,
  ],
  ['(?(?=a)b|c|d)', /a condition has more than two branches/],
  ['(?(?=(a))b|c)', /a capture group in a condition is not supported \(write "\(\?:...\)"\)/],
  ['(?r)ab', /unknown group "\(\?r" at position 11/],
  ['(?U)a', /unknown group "\(\?U"/],
  ['(?#c', /unterminated comment "\(\?#" at position 11/],
  ['(?=(a+)+b).*', /can take exponential time \(avoid a repetition inside a repetition/],
]

for (const [expression, message] of expressions)
  test(`refuses the expression ${expression}`, () => {
    assert.match(messageOf(`http://h/<${expression}>`, 'regexp') ?? 'accepted', message)
  })

test('a position counts from the start of the whole pattern', () => {
  assert.match(messageOf('http://<[a-z]+>.h/<a**>', 'regexp') ?? '', /at position 22$/)
})

const globs: readonly (readonly [glob: string, message: RegExp])[] = [
  ['[', /a class needs characters and a closing "\]", at position 11/],
  ['[]', /a class needs characters/],
  ['[a-z0-9]', /a class is one range such as \[a-z\] or one list such as \[abc\], at position 11/],
  ['[a-cx]', /a class is one range/],
  ['[z-a]', /a class is one range/],
  ['x*[a-]', /a class is one range .* at position 13/],
]

for (const [glob, message] of globs)
  test(`refuses the glob ${glob}`, () => {
    assert.match(messageOf(`http://h/<${glob}>`, 'glob') ?? 'accepted', message)
  })

test('a glob is not read as a regular expression, and a regular expression is not read as a glob', () => {
  assert.equal(messageOf('http://h/<**>', 'glob'), undefined)
  assert.match(messageOf('http://h/<**>', 'regexp') ?? '', /nothing to repeat/)
  assert.equal(messageOf('http://h/<(a>', 'glob'), undefined)
})
