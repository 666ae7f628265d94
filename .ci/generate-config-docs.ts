/** Writes docs/configuration.md from the schema; with --check it only says whether the page is up to date. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { configurationPage } from './config-docs/page.ts'
import { writePages } from './generated-pages.ts'

const sample = parse(readFileSync(new URL('../docs/configuration-example.yaml', import.meta.url), 'utf8'))

writePages(new Map([['docs/configuration.md', configurationPage(sample)]]))
