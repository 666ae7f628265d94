import { testCommandPage } from './command-page.ts'

testCommandPage('docs/commands/diff.md', 2)
testCommandPage('docs/commands/map.md', 1)
testCommandPage('docs/commands/prove.md', 1)
