/** The requests of pages about rules that get in each other's way. */
import { testExamples } from './check-page.ts'

for (const code of ['overlap', 'unreachable', 'never-matches']) {
  testExamples(`docs/lint/${code}.md`, 2)
}
