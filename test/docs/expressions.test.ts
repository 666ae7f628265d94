import { testExamples } from './check-page.ts'

testExamples('docs/expressions.md', 1)
