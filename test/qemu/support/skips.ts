/** Cases of the driver contract that real machines cannot pass, with the reasons. */
export const qemuSkips: Readonly<Record<string, string>> = {
  'status checks pass in the end, and do not apply to a machine that is off':
    'the check of the instance needs a network, and there is none behind these machines',
};
