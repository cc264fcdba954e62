const { rm } = require('node:fs/promises');
const { dest, src } = require('gulp');

/** Removes the last build, so that a file deleted from the sources is not published again. */
function clean() {
	return rm('dist', { recursive: true, force: true });
}

/** n8n looks for icons and codex files beside the compiled node; the TypeScript compiler copies neither. */
function assets() {
	return src(['{nodes,credentials}/**/*.svg', 'nodes/**/*.node.json'], { base: '.', encoding: false }).pipe(
		dest('dist'),
	);
}

module.exports = { clean, assets };
