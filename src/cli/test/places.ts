/** Where tests are written, as reports show it. */
import { relative } from 'node:path'
import type { CaseResult } from '../../insight/testing/runner.ts'

export const shownFile = (file: string): string => relative(process.cwd(), file) || file

export const placeOf = ({ case: { file, line } }: CaseResult): string =>
  line === undefined ? shownFile(file) : `${shownFile(file)}:${line}`
