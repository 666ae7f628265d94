/** What a pattern requires, warns about and how long its URLs may be; no source at all throws. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  compilePattern,
  isProblem,
  type Pattern,
  type Strategy,
} from '../../../../src/rules/matching/pattern.ts'
import { lowerHost, splitPattern } from '../../../../src/rules/matching/split.ts'

function compile(source: string, strategy: Strategy = 'regexp'): Pattern {
  const pattern = compilePattern(source, strategy)
  assert.ok(!isProblem(pattern), source)
  return pattern
}

test('a pattern is cut at its first-level expressions', () => {
  assert.deepEqual(splitPattern('http://h/<(?<n>a)>/x<b<c>>'), [
    { kind: 'literal', text: 'http://h/', at: 0 },
    { kind: 'expression', text: '(?<n>a)', at: 10 },
    { kind: 'literal', text: '/x', at: 18 },
    { kind: 'expression', text: 'b<c>', at: 21 },
    { kind: 'literal', text: '', at: 26 },
  ])
})

test('the literal host becomes lower case, across expressions up to the first literal slash', () => {
  const texts = (source: string): unknown => {
    const pieces = splitPattern(source)
    return isProblem(pieces) ? pieces : lowerHost(pieces).map(({ text }) => text)
  }
  assert.deepEqual(texts('HTTP://API.<[a-z]+>.Example.COM/Path'), [
    'HTTP://api.',
    '[a-z]+',
    '.example.com/Path',
  ])
  assert.deepEqual(texts('<Https?>://A<B>C/D'), ['', 'Https?', '://a', 'B', 'c/D'])
  assert.deepEqual(texts('Nothing.Like/A/URL'), ['Nothing.Like/A/URL'])
  assert.deepEqual(texts('http://ÄÖ.Test/'), ['http://ÄÖ.test/'])
})

test('an expression for the host with an upper-case letter causes a warning', () => {
  const warned = (source: string): number => compile(source).warnings.length
  assert.equal(warned('http://<[A-Z]+>.h/<.*>'), 1)
  assert.equal(warned('http://<[A-Za-y]+>.h/<.*>'), 1)
  assert.match(
    compile('http://<API>.h/').warnings[0] ?? '',
    /<API> at position 8 has an upper-case/,
  )
  for (const source of [
    'http://<(?i)API>.h/',
    'http://<\\p{L}+>/',
    'http://<\\S+>/',
    'http://h/<[A-Z]+>',
    'http://<[a-zA-Z0-9-.:]+>/<.*>',
    '<[a-zA-Z]+>://<[a-zA-Z0-9-.:]+>:<[A-Za-z0-9]+>/',
    'http://<[^A-Z]+>/',
    'http://<.*>/',
  ])
    assert.equal(warned(source), 0, source)
  const globs = ['http://<[A-Z]>.h/', 'http://<[ABC]>/', 'http://<{API,b}>/']
  for (const source of globs) assert.equal(compile(source, 'glob').warnings.length, 1, source)
  for (const source of ['http://<[aA]>/', 'http://<*>/', 'http://h/<[A-Z]>'])
    assert.deepEqual(compile(source, 'glob').warnings, [], source)
})

test('a glob where regular expressions are expected is reported, with the key that changes it', () => {
  for (const expression of ['**', '*', '*.php', '?', '**/x', 'a/**']) {
    const compiled = compilePattern(`http://h/a/<${expression}>`, 'regexp')
    assert.ok('message' in compiled, expression)
    assert.ok(
      compiled.message.includes(
        `; <${expression}> is a glob: set access_rules.matching_strategy to glob`,
      ),
    )
    assert.match(compiled.message, /quantifier/)
  }
  const mixed = compilePattern('<https?>://<[a-z.:]+>/<**>', 'regexp')
  assert.ok('message' in mixed)
  assert.match(mixed.message, /; <\*\*> is a glob: /)
  for (const expression of ['(', '.*(', 'a{3,2}', '[z-a]']) {
    const compiled = compilePattern(`http://h/<${expression}>`, 'regexp')
    assert.ok('message' in compiled, expression)
    assert.doesNotMatch(compiled.message, /glob/)
  }
})

test('a regular expression where globs are expected causes a warning', () => {
  for (const expression of ['a|b', '.*', '.+', 'x/.*', '\\d+', '[a-z]+', '(a)', '[^a]', '(?i)x']) {
    const { warnings } = compile(`http://h/<${expression}>`, 'glob')
    assert.equal(warnings.length, 1, expression)
    assert.match(
      warnings[0] ?? '',
      /reads like a regular expression, but access_rules\.matching_strategy is glob/,
    )
  }
  for (const expression of ['**', '*', '*.*', '{a,b}', '[!a-z]', '[abc]*', 'a?', '**.php', '\\{'])
    assert.deepEqual(compile(`http://h/<${expression}>`, 'glob').warnings, [], expression)
})

test('a group that a round of a loop can leave out causes a warning', () => {
  assert.match(compile('http://h/<((a)|b)*>').warnings.join(), /^capture group 3 is repeated/)
  assert.match(compile('http://h/<((?<q>a)|b)*>').warnings.join(), /^capture group q is repeated/)
  assert.deepEqual(compile('http://h/<(a|b)+>').warnings, [])
})

test('required text is as long as possible, in order, and part of every match', () => {
  const required = (source: string, strategy?: Strategy) => compile(source, strategy).literals
  assert.deepEqual(required('<https?>://<[^/]+>/orders/<.*>'), ['http', '://', '/orders/'])
  assert.deepEqual(required('http://h/<a>/<(b)>c'), ['http://h/a/bc'])
  assert.deepEqual(required('http://h/<a|b>/c'), ['http://h/', '/c'])
  assert.deepEqual(required('http://h/<(?:ab)+>x'), ['http://h/', 'ab', 'x'])
  assert.deepEqual(required('http://h/<(?:ab)*>x'), ['http://h/', 'x'])
  assert.deepEqual(required('http://h/<(?=ab).*(?!cd)>'), ['http://h/'])
  assert.deepEqual(required('<(?i)http>://<.*>'), ['://'])
  assert.deepEqual(required('<.*>'), [])
  assert.deepEqual(required('http://h/<{a,b}>/<*>.js', 'glob'), ['http://h/', '/', '.js'])
  assert.deepEqual(required('http://h/😀<[é]>', 'glob'), ['http://h/😀é'])
})

test('only an expression that the linear-time engine cannot run has a limit on the URL', () => {
  const longest = (source: string) => compile(source).maxLength
  assert.equal(longest('http://h/<(.*)+>/<(a|b)*>'), undefined)
  assert.equal(longest('http://h/<(?!admin).*>'), undefined)
  assert.equal(longest('http://h/<[^/]+>/<(?!admin)[^/]+>'), undefined)
  assert.equal(longest('http://h/<(?!.*a.*b).*>'), 3162)
  assert.equal(longest('http://h/<(?!.*a.*b.*c).*>'), 1024)
})

test('characters beyond ASCII are distinguished, captured and compared as characters', () => {
  const same = compile('http://h/<(?<q>.)\\k<q>(?<r>[^😀])(.)>')
  assert.equal(same.test('http://h/😀😀é😁'), true)
  assert.deepEqual(same.captures('http://h/😀😀é😁'), ['😀😀é😁', '😁', '😀', 'é'])
  assert.equal(same.test('http://h/😀😁é😁'), false)
  assert.equal(same.test('http://h/éé😀😁'), false)
})

test('a pattern that does not match captures nothing', () => {
  assert.deepEqual(compile('http://h/<(a)(b)?>').captures('http://h/c'), [])
  assert.deepEqual(compile('http://h/<(a)(b)?>').captures('http://h/a'), ['a', 'a', ''])
  assert.deepEqual(compile('http://h/<*>', 'glob').captures('http://h/a'), [])
})

test('literal text matches itself and nothing else', () => {
  const property = fc.property(fc.string({ unit: 'grapheme' }), text => {
    const source = `http://h/${text.replace(/[<>]/g, '_')}`
    for (const strategy of ['regexp', 'glob'] as const) {
      const pattern = compile(source, strategy)
      assert.equal(pattern.test(source), true)
      assert.equal(pattern.test(`${source}x`), false)
      assert.equal(pattern.test(source.slice(0, -1)), false)
    }
  })
  fc.assert(property)
})

const signs = fc.constantFrom(
  ...'()[]{}*+?|^$.\\-,:=!#<>/aAb1é😀 \n'.split(''),
  ...['(?', '(?<n>', '\\d', '\\p{', '\\x', '\\c', '\\1', '\\k<n>', '[:alpha:]', '{1,2}', '(?i)'],
)

test('no source throws: it compiles, or its problem is described', () => {
  const property = fc.property(fc.array(signs, { maxLength: 12 }), parts => {
    for (const strategy of ['regexp', 'glob'] as const) {
      const pattern = compilePattern(`http://h/<${parts.join('')}>`, strategy)
      if (isProblem(pattern)) assert.notEqual(pattern.message, '')
      else assert.notEqual(pattern.test('http://h/a'), undefined)
    }
  })
  fc.assert(property, { numRuns: 3000 })
})

/** Patterns at which the engine, the parser or the process would stop. */
const hostile: Readonly<Record<string, readonly [source: string, strategy?: Strategy]>> = {
  'a long text': [`http://h/${'x'.repeat(40_000)}`],
  'many expressions': [`http://h/${'<a>'.repeat(15_000)}`],
  'many braces': [`http://h/<${'a{'.repeat(20_000)}>`],
  'deep groups': [`http://h/<${'('.repeat(5000)}a${')'.repeat(5000)}>`],
  'deep groups without captures': [`http://h/<${'(?:'.repeat(5000)}a${')'.repeat(5000)}>`],
  'deep conditions': [`http://h/<${'(?(?=a)'.repeat(5000)}a${')'.repeat(5000)}>`],
  'deep subtractions': [`http://h/<${'[a-z-'.repeat(5000)}[b]${']'.repeat(5000)}>`],
  'deep globs': [`http://h/<${'{a,'.repeat(5000)}b${'}'.repeat(5000)}>`, 'glob'],
  'many choices of globs': [`http://h/<${'{a,b}'.repeat(15_000)}>`, 'glob'],
  'many optional groups': [`http://h/<${'(b)?'.repeat(6000)}>`],
  'many backreferences': [`http://h/<(?<x>a)${"\\k'x'".repeat(5000)}>`],
  'many characters beyond ASCII': [
    `http://h/${Array.from({ length: 20_000 }, (_, i) => String.fromCodePoint(0x4000 + i)).join('')}`,
  ],
}

for (const [name, [source, strategy]] of Object.entries(hostile)) {
  test(`a pattern with ${name} is a problem at load`, { timeout: 20_000 }, () => {
    const pattern = compilePattern(source, strategy ?? 'regexp')
    assert.ok(isProblem(pattern))
    assert.match(pattern.message, /too large|more than 250 levels/)
  })
}

test('what compiles can be run, also where it is long', () => {
  const choices = Array.from({ length: 20_000 }, (_, i) => `a${i}`).join('|')
  assert.equal(compile(`http://h/<${choices}>`).test('http://h/a19999'), true)
  const deep = compile(`http://h/<${'(?:'.repeat(249)}a${')'.repeat(249)}>`)
  assert.equal(deep.test('http://h/a'), true)
})
