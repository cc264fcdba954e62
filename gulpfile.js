const { readFile, readdir, rm, writeFile } = require('node:fs/promises');
const { join } = require('node:path');
const { dest, src } = require('gulp');

const { writeDescriptions } = require('./gulp.builtDescriptions.cjs');
const { makeImportsLazy } = require('./gulp.lazyImports.cjs');
const packageJson = require('./package.json');

/** Removes the last build, so that a file deleted from the sources is not published again. */
function clean() {
	return rm('dist', { recursive: true, force: true });
}

/**
 * Copies icons and codex files: n8n looks for them beside the compiled node, and the TypeScript compiler does not
 * copy them.
 */
function assets() {
	return src(['{nodes,credentials}/**/*.svg', 'nodes/**/*.node.json'], { base: '.', encoding: false }).pipe(
		dest('dist'),
	);
}

/** Makes each file load its imports at their first use. */
async function lazyImports() {
	for (const name of await readdir('dist', { recursive: true })) {
		if (!name.endsWith('.js')) continue;
		const path = join('dist', name);
		await writeFile(path, makeImportsLazy(await readFile(path, 'utf8')));
	}
}

/** Runs last, because it loads the final compiled files. */
async function descriptions() {
	writeDescriptions(packageJson.n8n.nodes);
}

module.exports = { clean, assets, lazyImports, descriptions };
