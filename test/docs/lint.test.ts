import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../support/folder.ts'
import { testExamples } from './check-page.ts'

for (const page of readdirSync(join(root, 'docs/lint'))) testExamples(`docs/lint/${page}`, 1)
