/** A request that is answered with an error, in the words of the forge. */
export class ApiError extends Error {
  readonly status: number;
  /** Undefined: the answer has no such field. */
  readonly errors: string[] | null | undefined;

  constructor(status: number, message: string, errors?: string[] | null) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** An error without a body. */
export class BareStatus extends Error {
  readonly status: number;

  constructor(status: number) {
    super(String(status));
    this.status = status;
  }
}

export function notFound(errors: string[] | null = null): ApiError {
  return new ApiError(404, 'not found', errors);
}

export function noSuchUser(login: string): ApiError {
  return new ApiError(404, 'GetUserByName', [userMissing(login)]);
}

export function userMissing(login: string): string {
  return `user does not exist [uid: 0, name: ${login}]`;
}
