import type { Page } from '@playwright/test';
import {
  confirmationField,
  deleteButton,
  deleteDialog,
  expect,
  openDeleteDialog,
  serverRow,
  signIn,
  test as base,
  WAITING,
} from './fixtures.ts';
import { startDesk } from './support/desk.ts';
import { startFaultProxy, type FaultProxy } from './support/fault-proxy.ts';
import { freePort } from './support/postgres.ts';
import { API_KEY, applyDelete, applyMove, sendJson, type Script } from './support/scripted-registry.ts';

const NAME = 'acme/weather';

interface Fixtures {
  /** Between the desk and that registry. */
  upstream: FaultProxy;
  /** A page of that desk with the delete dialog open and the name typed. */
  armed: Page;
}

const test = base.extend<Fixtures>({
  upstream: async ({ remote }, use) => {
    const proxy = await startFaultProxy(remote.url);
    await use(proxy);
    await proxy.close();
  },
  remoteUrl: async ({ upstream }, use) => {
    await use(upstream.url);
  },
  armed: async ({ visitor, managing }, use) => {
    await openDeleteDialog(visitor, managing.url, NAME);
    await confirmationField(visitor, NAME).fill(NAME);
    await use(visitor);
  },
});

/** Answers deletes this way and everything else as usual. */
function onDelete(answer: Script): Script {
  return (request, response, incoming) =>
    request.method === 'DELETE' ? answer(request, response, incoming) : undefined;
}

const expectDeleted = async (page: Page) => expectLeft(page, `Deleted ${NAME}`);
/** No answer said so, but a check found it gone. */
const expectGone = async (page: Page) => expectLeft(page, `${NAME} is gone, very probably by this delete`);

async function expectLeft(page: Page, words: string): Promise<void> {
  await expect(page.getByText(words, { exact: true })).toBeVisible({ timeout: 45_000 });
  await expect(page).toHaveURL(/\/servers$/);
  await expect(serverRow(page, 'acme')).toBeVisible();
  await expect(serverRow(page, NAME)).toHaveCount(0);
}

async function expectKept(page: Page, words: string | RegExp): Promise<void> {
  const dialog = deleteDialog(page, NAME);
  await expect(dialog.getByRole('alert')).toContainText(words, { timeout: 45_000 });
  await expect(confirmationField(page, NAME)).toHaveValue(NAME);
}

// The longest first.
test(
  'an outcome that cannot be found out stays unknown, across a reload, until it is checked again',
  WAITING,
  async ({ armed, remote, managing }) => {
    test.setTimeout(180_000);
    remote.script = (request, response) => {
      if (request.method === 'DELETE') {
        applyDelete(remote, request);
        return sendJson(response, 500, { error: 'Internal error' });
      }
      return request.target.startsWith('/servers')
        ? sendJson(response, 503, { error: 'Maintenance' })
        : undefined;
    };
    await deleteButton(armed).click();
    await expect(armed.getByText('Outcome unknown, checking…')).toBeVisible();
    await armed.goto(`${managing.url}/activity`);
    await expect(armed.getByText(/unknown/i).first()).toBeVisible();
    await expect(armed.getByRole('button', { name: /check again/i })).toBeVisible({ timeout: 120_000 });
    remote.script = () => undefined;
    await armed.getByRole('button', { name: /check again/i }).click();
    await expect(armed.getByText('Gone', { exact: true })).toBeVisible();
    await expect(armed.getByText(/found it gone, very probably by this delete/)).toBeVisible();
    expect(remote.deletes()).toBe(1);
  },
);

test(
  'a registry that hangs after the delete is given up on after 30 s, and looked up',
  WAITING,
  async ({ armed, upstream, remote }) => {
    test.setTimeout(120_000);
    upstream.fault = ({ method }) => (method === 'DELETE' ? 'hang-after' : null);
    await deleteButton(armed).click();
    await expectGone(armed);
    expect(remote.deletes()).toBe(1);
  },
);

test(
  'an answer that names another server is no success: it is looked up',
  WAITING,
  async ({ armed, remote }) => {
    remote.script = onDelete((_request, response) =>
      sendJson(response, 200, { success: true, namespace: 'acme', server: 'other' }),
    );
    await deleteButton(armed).click();
    await expect(armed.getByText('Outcome unknown, checking…')).toBeVisible();
    await expectKept(armed, /was not deleted/);
    await expect(armed.getByText(`Deleted ${NAME}`, { exact: true })).toHaveCount(0);
  },
);

test('an answer that says success: false is no success', WAITING, async ({ armed, remote }) => {
  remote.script = onDelete((_request, response) =>
    sendJson(response, 200, { success: false, namespace: 'acme', server: 'weather' }),
  );
  await deleteButton(armed).click();
  await expectKept(armed, /was not deleted/);
});

test('a 401 ends the session and leads back here after signing in', async ({ armed, remote }) => {
  remote.script = onDelete((_request, response) => sendJson(response, 401, { error: 'Unauthorized' }));
  await deleteButton(armed).click();
  await expect(armed.getByLabel('API key', { exact: true })).toBeVisible();
  remote.script = () => undefined;
  await armed.getByLabel('API key', { exact: true }).fill(API_KEY);
  await armed.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(armed).toHaveURL(/\/servers\/acme%2Fweather$/);
});

test('a 403 stays in the dialog with the registry’s words, and a second try is the owner’s', async ({
  armed,
  remote,
}) => {
  remote.script = onDelete((_request, response) =>
    sendJson(response, 403, { error: 'The key is read-only' }),
  );
  await deleteButton(armed).click();
  await expectKept(armed, 'The key is read-only');
  expect(remote.deletes()).toBe(1);
  remote.script = () => undefined;
  await deleteButton(armed).click();
  await expectDeleted(armed);
  expect(remote.deletes()).toBe(2);
});

test('a 429 counts down before another try', async ({ armed, remote }) => {
  remote.script = onDelete((_request, response) =>
    sendJson(response, 429, { error: 'Slow down' }, { 'Retry-After': '3' }),
  );
  await deleteButton(armed).click();
  await expectKept(armed, 'Slow down');
  await expect(deleteButton(armed)).toBeDisabled();
  await expect(armed.getByText(/again in [123] seconds?/)).toBeVisible();
  await expect(deleteButton(armed)).toBeEnabled();
  expect(remote.deletes()).toBe(1);
});

test('a 500 after the server was deleted ends as the success it was', async ({ armed, remote }) => {
  remote.script = onDelete((request, response) => {
    applyDelete(remote, request);
    return sendJson(response, 500, { error: 'Internal error' });
  });
  await deleteButton(armed).click();
  await expectGone(armed);
  expect(remote.deletes()).toBe(1);
});

test(
  'a 500 before anything happened says, after looking, that the server is still there',
  WAITING,
  async ({ armed, remote }) => {
    remote.script = onDelete((_request, response) => sendJson(response, 500, { error: 'Internal error' }));
    await deleteButton(armed).click();
    await expect(armed.getByText('Outcome unknown, checking…')).toBeVisible();
    await expectKept(armed, /was not deleted/);
    expect(remote.deletes()).toBe(1);
  },
);

test(
  'a page of HTML in place of an answer is never shown, and never believed',
  WAITING,
  async ({ armed, remote }) => {
    remote.script = onDelete((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<h1>planted page</h1>');
      return true;
    });
    await deleteButton(armed).click();
    await expectKept(armed, /was not deleted/);
    await expect(armed.getByText('planted page')).toHaveCount(0);
  },
);

for (const fault of ['reset-after', 'truncate', 'garbage'] as const) {
  test(`a confirmation lost on its way (${fault}) is reported as the delete it was, not as a 404`, async ({
    armed,
    upstream,
    remote,
  }) => {
    upstream.fault = ({ method }) => (method === 'DELETE' ? fault : null);
    await deleteButton(armed).click();
    await expectGone(armed);
    await expect(armed.getByText(/not found/i)).toHaveCount(0);
    expect(remote.deletes()).toBe(1);
  });
}

test(
  'a connection lost before the registry got it leaves the server, and says so',
  WAITING,
  async ({ armed, upstream, remote }) => {
    upstream.fault = ({ method }) => (method === 'DELETE' ? 'reset-before' : null);
    await deleteButton(armed).click();
    await expectKept(armed, /was not deleted/);
    expect(remote.deletes()).toBe(0);
  },
);

test('a server re-created under its name is left alone', async ({ armed, remote }) => {
  remote.servers.set(NAME, 'id-of-another');
  await deleteButton(armed).click();
  await expect(deleteDialog(armed, NAME).getByRole('alert')).toContainText(/another server/i);
  expect(remote.deletes()).toBe(0);
  expect(remote.servers.get(NAME)).toBe('id-of-another');
});

test('a server that was moved meanwhile is not called deleted, and is led to', async ({
  armed,
  remote,
  managing,
}) => {
  remote.script = onDelete((_request, response) => {
    applyMove(remote, NAME, 'acme/storm');
    return sendJson(response, 500, { error: 'Internal error' });
  });
  await deleteButton(armed).click();
  await expectKept(armed, `${NAME} was moved, not deleted`);
  await expect(deleteButton(armed)).toHaveCount(0);
  await expect(deleteDialog(armed, NAME).getByRole('link', { name: 'acme/storm' })).toBeVisible();
  remote.script = () => undefined;
  await armed.goto(`${managing.url}/activity`);
  await expect(armed.getByText('Moved', { exact: true })).toBeVisible();
  await expect(armed.getByText(/It was not deleted\./)).toBeVisible();
  await armed.getByRole('link', { name: 'acme/storm' }).click();
  await expect(armed).toHaveURL(/\/servers\/acme%2Fstorm$/);
});

test('a server created under the name meanwhile leaves open what became of the earlier one', async ({
  armed,
  remote,
  managing,
}) => {
  remote.script = onDelete((request, response) => {
    applyDelete(remote, request);
    remote.servers.set(NAME, 'id-of-another');
    return sendJson(response, 500, { error: 'Internal error' });
  });
  await deleteButton(armed).click();
  await expectKept(armed, `Another server now has the name ${NAME}`);
  const words = 'Whether this delete ended the earlier one is not known';
  await expect(deleteDialog(armed, NAME).getByRole('alert')).toContainText(words);
  await expect(deleteButton(armed)).toHaveCount(0);
  await armed.goto(`${managing.url}/activity`);
  await expect(armed.getByText('Not known', { exact: true })).toBeVisible();
  await expect(armed.getByText(words, { exact: false })).toBeVisible();
});

test('where the registry cannot be asked by id, an absent server is called no more than not there', async ({
  armed,
  remote,
  managing,
}) => {
  remote.script = (request, response) => {
    if (request.target.includes('ids=')) return sendJson(response, 422, { error: 'ids: unheard of' });
    if (request.method !== 'DELETE') return undefined;
    applyDelete(remote, request);
    return sendJson(response, 500, { error: 'Internal error' });
  };
  await deleteButton(armed).click();
  await expectLeft(armed, `There is no server ${NAME} now`);
  await armed.goto(`${managing.url}/activity`);
  await expect(armed.getByText('Not there', { exact: true })).toBeVisible();
  await expect(armed.getByText(/it was deleted, moved, or never there/)).toBeVisible();
});

test('signing out in the midst of a delete lets it finish, and its outcome is there after signing in', async ({
  armed,
  remote,
  managing,
  context,
}) => {
  let answer = (): void => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  remote.script = onDelete((request, response) => {
    applyDelete(remote, request);
    void held.then(() => sendJson(response, 200, { success: true, namespace: 'acme', server: 'weather' }));
    return true;
  });
  await deleteButton(armed).click();
  await expect.poll(() => remote.deletes()).toBe(1);
  const other = await context.newPage();
  await other.goto(`${managing.url}/activity`);
  await other.getByRole('button', { name: 'Sign out' }).click();
  await expect(other.getByLabel('API key', { exact: true })).toBeVisible();
  answer();
  await signIn(other, managing.url, API_KEY);
  await other.getByRole('link', { name: 'Activity', exact: true }).click();
  await expect(other.getByText(NAME, { exact: true })).toBeVisible();
  await expect(other.getByText('Deleted', { exact: true })).toBeVisible();
  expect(remote.deletes()).toBe(1);
});

test('the same delete arriving twice, because the browser re-sent it on a socket that closed, happens once and succeeds', async ({
  page,
  remote,
}) => {
  const port = await freePort();
  const toDesk = await startFaultProxy(`http://127.0.0.1:${port}`);
  const args = ['--port', String(port), '--registry', remote.url, '--allow-host', `127.0.0.1:${toDesk.port}`];
  const desk = await startDesk({ args });
  try {
    await signIn(page, toDesk.url, API_KEY);
    await openDeleteDialog(page, toDesk.url, NAME);
    await confirmationField(page, NAME).fill(NAME);
    let closed = 0;
    toDesk.fault = ({ method, position }) => {
      if (method !== 'DELETE' || position === 0 || closed > 0) return null;
      closed += 1;
      return 'close-after';
    };
    await deleteButton(page).click();
    await expectDeleted(page);
    const arrived = toDesk.requests.filter(({ method }) => method === 'DELETE');
    expect(arrived.length).toBeGreaterThan(1);
    expect(remote.deletes()).toBe(1);
  } finally {
    await desk.stop();
    await toDesk.close();
  }
});
