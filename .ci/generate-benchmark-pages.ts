/** Writes tables and charts of the benchmark from its result; with --check it only says which are out of date. */
import { readFileSync } from 'node:fs'
import { benchmarkPages, resultFile } from '../test/bench/page/pages.ts'
import { readResult } from '../test/bench/result.ts'
import { writePages } from './generated-pages.ts'

const root = new URL('../', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8')

writePages(benchmarkPages(readResult(new URL(resultFile, root)), read))
