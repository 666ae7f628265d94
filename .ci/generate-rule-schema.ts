/** Writes the schema of rule files and the definition of rules as resources; with --check it only says whether they are up to date. */
import { writePages } from './generated-pages.ts'
import { customResourceText } from './rule-schema/custom-resource.ts'
import { rulesSchema } from '../src/rules/schema/json-schema.ts'

writePages(
  new Map([
    ['docs/rules.schema.json', `${JSON.stringify(rulesSchema(), undefined, 2)}\n`],
    ['deploy/kubernetes/crd/oarlock-rules.yaml', customResourceText()],
  ]),
)
