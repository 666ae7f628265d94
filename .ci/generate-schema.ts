/** Writes docs/config.schema.json; with --check it only says whether the file is up to date. */
import { schemaDocument } from '../src/config/schema/document.ts'
import { writePages } from './generated-pages.ts'

writePages(new Map([['docs/config.schema.json', schemaDocument()]]))
