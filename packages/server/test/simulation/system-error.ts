/** An error as the operating system gives it. */
export function systemError(code: string, call: string, path: string): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error(`${code}: ${call} '${path}'`);
  error.code = code;
  error.syscall = call;
  error.path = path;
  return error;
}
