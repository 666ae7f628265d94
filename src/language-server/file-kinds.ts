/** What a file is by its name. */
export const isTestFile = (path: string): boolean => /\.test\.ya?ml$/i.test(path)

/** Files that the server looks at; others are ignored. */
export const isKnownFile = (path: string): boolean => /\.(?:ya?ml|json|toml)$/i.test(path)
