/** Writes the validators of the configuration and of handlers; with --check it only says whether they are up to date. */
import { writePages } from './generated-pages.ts'
import { configModule } from './validators/config.ts'
import { handlersModule } from './validators/handlers.ts'
import { testFilesModule } from './validators/test-files.ts'

writePages(
  new Map([
    ['src/rules/compiling/generated/handler-validators.ts', handlersModule()],
    ['src/config/generated/config-validator.ts', configModule()],
    ['src/insight/testing/generated/test-file-validator.ts', testFilesModule()],
  ]),
)
