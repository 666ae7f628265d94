/** The page of symptoms: its examples give what it says, and the texts that it quotes are the program's. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../support/folder.ts'
import { testExamples } from './check-page.ts'

const file = 'docs/troubleshooting.md'

testExamples(file, 1)

const program = (readdirSync(join(root, 'src'), { recursive: true }) as string[])
  .filter(name => name.endsWith('.ts'))
  .map(name => readFileSync(join(root, 'src', name), 'utf8'))
  .join('\n')

/** Sentences in code marks in the first cell of a row: with a space between words, and no key or command. */
const quotedIn = (page: string): readonly string[] =>
  [...page.matchAll(/^\| ([^|]+) \|/gm)]
    .flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text))
    .filter(text => /[a-z] [a-z]/i.test(text) && !others.some(other => text.startsWith(other)))

/** Texts of Node and of nginx, and settings. */
const others = ['ENOENT', 'auth request', 'failure_mode_allow', '{{', 'serve.api.port']

/** The pieces of a text that are not names and numbers of the reader's; the program puts sentences together from such. */
const piecesOf = (text: string): readonly string[] =>
  text
    .split(/…|[,:;.?"()]|\b(?:and|found|expected)\b/)
    .map(piece => piece.trim())
    .filter(piece => piece.length > 2)

const unknownIn = (page: string): readonly string[] =>
  quotedIn(page).filter(text => !piecesOf(text).every(piece => program.includes(piece)))

test('every text of the program that the page quotes is one', () => {
  const page = readFileSync(join(root, file), 'utf8')
  assert.ok(quotedIn(page).length > 35, `${quotedIn(page).length} texts`)
  assert.deepEqual(unknownIn(page), [])
})

test('a text that the program does not have would be found', () => {
  assert.deepEqual(unknownIn('| `no such text of … at all` | x |\n'), ['no such text of … at all'])
})
