/** Writes docs/cli.md from the commands; with --check it only says whether the page is up to date. */
import { buildProgram } from '../src/cli/run.ts'
import { cliPage } from './cli-docs/page.ts'
import { writePages } from './generated-pages.ts'

const silent = (): void => undefined

writePages(new Map([['docs/cli.md', cliPage(buildProgram({ out: silent, err: silent }, silent))]]))
