import { cp } from 'node:fs/promises';

const isAsset = (path) => /\.(?:svg|node\.json)$/.test(path);
const isFolder = (path) => !/\.\w+$/.test(path);

/** n8n looks for icons and codex files beside the compiled node; the TypeScript compiler copies neither. */
for (const folder of ['nodes', 'credentials'])
	await cp(folder, `dist/${folder}`, {
		recursive: true,
		filter: (path) => isAsset(path) || isFolder(path),
	});
