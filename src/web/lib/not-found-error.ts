/** Thrown where an address names nothing that could exist: the error boundary shows the not-found page. */
export class NotFoundError extends Error {
  override name = 'NotFoundError';

  constructor() {
    super('There is no such page.');
  }
}
