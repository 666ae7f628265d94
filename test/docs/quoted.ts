/** Texts of the program that a page quotes. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/folder.ts'

const program = (readdirSync(join(root, 'src'), { recursive: true }) as string[])
  .filter(name => name.endsWith('.ts'))
  .map(name => readFileSync(join(root, 'src', name), 'utf8'))
  .join('\n')

/** Sentences in code marks in the first cell of a row: they contain a space, and are neither key nor command. */
export const quotedIn = (page: string): readonly string[] =>
  [...page.matchAll(/^\| ([^|]+) \|/gm)]
    .flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text))
    .filter(text => /[a-z] [a-z]/i.test(text) && !others.some(other => text.startsWith(other)))

/** Texts of Node and nginx, and settings. */
const others = ['ENOENT', 'auth request', 'failure_mode_allow', '{{', 'serve.api.port']

/**
 * The parts of a text that are neither names nor numbers of the reader; the program composes sentences from such
 * parts.
 */
const piecesOf = (text: string): readonly string[] =>
  text
    .split(/…|[,:;.?"()]|\b(?:and|found|expected)\b/)
    .map(piece => piece.trim())
    .filter(piece => piece.length > 2)

/** The texts that the program does not contain. */
export const unknownIn = (page: string): readonly string[] =>
  quotedIn(page).filter(text => !piecesOf(text).every(piece => program.includes(piece)))
