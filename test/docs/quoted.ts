/** Texts of the program that a page quotes. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/folder.ts'

const program = (readdirSync(join(root, 'src'), { recursive: true }) as string[])
  .filter(name => name.endsWith('.ts'))
  .map(name => readFileSync(join(root, 'src', name), 'utf8'))
  .join('\n')

/** Sentences in code marks in the first cell of a row: with a space between words, and no key or command. */
export const quotedIn = (page: string): readonly string[] =>
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

/** Those that the program does not have. */
export const unknownIn = (page: string): readonly string[] =>
  quotedIn(page).filter(text => !piecesOf(text).every(piece => program.includes(piece)))
