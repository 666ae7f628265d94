import type { Config } from '../../config/config.ts'

export const hasShadow = ({ access_rules: { shadow } }: Config): boolean =>
  shadow.repositories.length > 0

/** The configuration as shadow rules have it. */
export const shadowConfig = (config: Config, { access_rules: { shadow } }: Config): Config => ({
  ...config,
  access_rules: {
    ...config.access_rules,
    repositories: shadow.repositories,
    // A source that cannot be read must not end the process.
    on_start_error: 'wait',
  },
})
