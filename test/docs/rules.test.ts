import { testExamples } from './check-page.ts'

testExamples('docs/rules.md', 20)
