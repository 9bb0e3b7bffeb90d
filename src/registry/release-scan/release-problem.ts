/** Why a release cannot be published, told to its owner in the pipeline's log. */
export class ReleaseProblem extends Error {
  override name = 'ReleaseProblem';
  /** How the release ends: FAILURE_SCAN where what was found is unsafe or dishonest. */
  readonly status: 'FAILURE' | 'FAILURE_SCAN';
  /** What to do about it. */
  readonly advice: string;

  constructor(status: ReleaseProblem['status'], message: string, advice: string) {
    super(message);
    this.status = status;
    this.advice = advice;
  }
}

/** The upstream lets nobody in without a sign-in, or not with the credentials it was shown. */
export class SignInRequired extends Error {
  override name = 'SignInRequired';
}
