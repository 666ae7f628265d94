/** The validator of test files. */
import { testFileSchema } from '../../src/insight/testing/schema.ts'
import { createAjv } from './ajv.ts'
import { moduleOf } from './module.ts'

const imports = `import { lengthOf } from '../../../lib/schema/length-of.ts'
import type { Check } from '../../../lib/schema.ts'
import { testFileSchema } from '../schema.ts'`

export function testFilesModule(): string {
  const ajv = createAjv()
  ajv.addSchema(testFileSchema, 'testFile')
  return moduleOf(ajv, {
    names: ['testFile'],
    sources: [{ name: 'testFile', schema: testFileSchema, source: 'testFileSchema' }],
    imports,
    rest: 'export const testFileValidator: Check = testFile',
  })
}
