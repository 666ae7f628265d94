/** Slash-separated paths; the functions for paths of the operating system do the same. */
import { fixed } from '../go/callable.ts'
import { baseOf, cleanPath, dirOf, extensionOf } from '../text/path.ts'
import type { FunctionGroup } from './function.ts'

const base = fixed(['string'], baseOf)
const dir = fixed(['string'], dirOf)
const clean = fixed(['string'], cleanPath)
const ext = fixed(['string'], extensionOf)
const isAbs = fixed(['string'], path => path.startsWith('/'))

export const paths: FunctionGroup = {
  base,
  dir,
  clean,
  ext,
  isAbs,
  osBase: base,
  osDir: dir,
  osClean: clean,
  osExt: ext,
  osIsAbs: isAbs,
}
