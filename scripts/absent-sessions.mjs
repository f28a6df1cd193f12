// dockerode brings SSH, BuildKit sessions and archives of build contexts, 19 of its 20 MB, with native parts and files that
// are read beside the code. We speak over a unix socket and build nothing: they stay out, so that dist/ is all there is.
const ABSENT = ['ssh2', '@grpc/grpc-js', '@grpc/proto-loader', 'protobufjs', 'tar-fs', '@balena/dockerignore'];

/** Leaves empty modules in the place of what only those parts of dockerode would load. */
export const absentSessions = {
  name: 'dockerode-without-sessions',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(${ABSENT.join('|')})$`);
    onResolve({ filter }, ({ path, importer }) =>
      /\/node_modules\/(dockerode|docker-modem)\//.test(importer) ? { path, namespace: 'absent-session' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'absent-session' }, () => ({ contents: 'module.exports = {};' }));
  },
};
