import { testCommandPage } from './command-page.ts'

testCommandPage('docs/commands/prove.md', 1)
