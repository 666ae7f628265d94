/** A location without user, password, query and fragment. */
export const withoutSecrets = (location: string): string =>
  location.replace(/\/\/[^/?#]*@/, '//').replace(/[?#].*$/s, '')
