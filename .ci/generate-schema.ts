/** Writes the published schemas that come from sources; with --check it only says whether they are up to date. */
import { schemaDocument } from '../src/config/schema/document.ts'
import { testFileSchema } from '../src/insight/testing/schema.ts'
import { writePages } from './generated-pages.ts'

const testFile = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://oarlock.dev/schemas/test-file.schema.json',
  title: 'A test file of `oarlock test`',
  ...testFileSchema,
}

writePages(
  new Map([
    ['docs/config.schema.json', schemaDocument()],
    ['docs/schemas/test-file.schema.json', `${JSON.stringify(testFile, null, 2)}\n`],
  ]),
)
