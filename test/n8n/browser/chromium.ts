import { accessSync, constants } from 'node:fs';
import { basename, delimiter, join } from 'node:path';

import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The one that the environment names, else the first that is on the PATH. */
function findChromium(): string | undefined {
	const { CHROMIUM, PATH = '' } = process.env;
	const places = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
	return CHROMIUM ?? places.find(isExecutable);
}

/** `describe` where there is a Chromium, else `describe.skip`, and it is said aloud what was skipped and why. */
export function whereChromium(): jest.Describe {
	if (findChromium() !== undefined) return describe;
	const file = basename(expect.getState().testPath ?? 'the tests');
	console.warn(`SKIPPED: ${file} needs Chromium. Bring it with: apt-get install chromium`);
	return describe.skip;
}

/**
 * n8n's editor asks api.n8n.io for news: tests tell nobody outside of this machine anything. Not by `context.route`, which
 * turns the cache off: each page would load the whole editor again. Links to waiting forms say localhost.
 */
const NOTHING_OUTSIDE = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost';

export async function launchChromium(): Promise<Browser> {
	return chromium.launch({
		executablePath: findChromium(),
		args: [
			'--headless',
			'--no-sandbox',
			'--disable-gpu',
			'--disable-background-networking',
			NOTHING_OUTSIDE,
		],
	});
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
