/**
 * Keys for the tests of this folder, all made once with ssh-keygen and thrown away: they open nothing anywhere.
 * Fingerprints and files come from ssh-keygen, openssl and puttygen, never from the code under test.
 */

/** Public key lines (ssh-keygen) and their MD5 over the DER SubjectPublicKeyInfo (openssl md5 -c). */
export const rsa1024 = {
  line: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDbq21TDqIS8qaZT6d5mk6EMHU6CWl3l5i8zV0E6fkKSOPoww1dJ54h19eI9UCba/n0MYLNRP/ZUTLuUgihkrJOOSvF78m1OB/68h+AdyWklOarW+/Rl1afBZk42bt7lfzwev1DVZu5g/C1JmA3dCXELQ6gWeaEyIC8YD8t6qPuvw== test vector 1024',
  md5: '77:0b:0a:a0:a1:80:fd:c6:c4:62:b1:31:8c:45:4f:d2',
};

export const rsa2048 = {
  line: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCsgfvTvR2awXqOvKEcZ6JlhQ6drUCT86eFDB5vI+DDJA7KxG82/i4KmdWiUlci4yiyNjhVnEAw22f6BFxWmwOKL/gZjivpN3tWDAR179w9rSD8UX9Gi8Vt58bnfKjsXKSatOwzatcf50DMZGdMfzZ/g1PBq7hoAHxZptkV12A2VDH3WIvjbp9QQd18qowrrir/XJD5s2onwxUjZ4Lg73ACNPGeyjk6lbV+jk6Y5MjuFLNEsYqrFE8ubqxo/ZaD7P3W6FPCWCbEI3DFi3nr3potj3wvCQmo0hUHSzPn49s+ByOYBTtq8NT0P/3VEgVyq7IuQf3UwmM2FtGgh1agJ5rl test vector 2048',
  md5: 'dc:73:d5:ff:6a:e0:c6:30:04:88:40:8e:70:2f:c3:4a',
  /** ssh-keygen -e -m RFC4716 */
  rfc4716: `---- BEGIN SSH2 PUBLIC KEY ----
Comment: "2048-bit RSA, converted by someone@example.com from OpenSSH"
AAAAB3NzaC1yc2EAAAADAQABAAABAQCsgfvTvR2awXqOvKEcZ6JlhQ6drUCT86eFDB5vI+
DDJA7KxG82/i4KmdWiUlci4yiyNjhVnEAw22f6BFxWmwOKL/gZjivpN3tWDAR179w9rSD8
UX9Gi8Vt58bnfKjsXKSatOwzatcf50DMZGdMfzZ/g1PBq7hoAHxZptkV12A2VDH3WIvjbp
9QQd18qowrrir/XJD5s2onwxUjZ4Lg73ACNPGeyjk6lbV+jk6Y5MjuFLNEsYqrFE8ubqxo
/ZaD7P3W6FPCWCbEI3DFi3nr3potj3wvCQmo0hUHSzPn49s+ByOYBTtq8NT0P/3VEgVyq7
IuQf3UwmM2FtGgh1agJ5rl
---- END SSH2 PUBLIC KEY ----
`,
  /** ssh-keygen -e -m PKCS8 */
  pem: `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEArIH7070dmsF6jryhHGei
ZYUOna1Ak/OnhQwebyPgwyQOysRvNv4uCpnVolJXIuMosjY4VZxAMNtn+gRcVpsD
ii/4GY4r6Td7VgwEde/cPa0g/FF/RovFbefG53yo7FykmrTsM2rXH+dAzGRnTH82
f4NTwau4aAB8WabZFddgNlQx91iL426fUEHdfKqMK64q/1yQ+bNqJ8MVI2eC4O9w
AjTxnso5OpW1fo5OmOTI7hSzRLGKqxRPLm6saP2Wg+z91uhTwlgmxCNwxYt5696a
LY98LwkJqNIVB0sz5+PbPgcjmAU7avDU9D/91RIFcquyLkH91MJjNhbRoIdWoCea
5QIDAQAB
-----END PUBLIC KEY-----
`,
};

export const rsa4096 = {
  line: 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAACAQChrOuvai0y37jMZj9NJbNUIuFalJaGEGd7t30lXFiJmZqiTmR+zx09BQkuLcx0OQjltDQmQBVY+Pmd8pIn6wsmQaZ89tpKcRhE6Fd4BB35NU3GtupZaLRePco/E7uUiSPJwFA9/XC45J+xLfRv4awOoVPrsX2jyWP5BPmvBzikebWNDxINvY0e97cHT78p9iDiQu2ERi8KGPTunuRIYgdC5Czk2DfHLZhNC0QldiNmoG7tTgXUeMvWQscBs/qIkNZYNXAmVgUqPYRXBYCtU/M1nRYnDbFfdEBCVNygc8piVIaT8f6Hcu17RTvhHBypJ71E2JIVckHs16shK37IHDeM9IDxVVne0YgKXx3aQHDLC1tvKdtiJwRQZ4VvNLvAZ7c/cIIuzG2Gn0ZscZmMAAkp/YuGnzvxIzNafWf9Ey2zvJ8aTL9foUIoiANdPEdagt/EbhNi/XQVYetnF1htwdAWb1X70hqc1S50Hlg3JKCKZ2TJxVaKT8Sgf/EKqLc6DZJtfGztHIcFqg150oxIBbbEnqGTh2YgkbQQATRMLl9aorQAoduPl84aBwJWqelnRIGnKuDCn6vnrLBGqS93GHGWhdKux3oesekvfw+XLTUQzlSLjTQwbIujZ6nwdbmEf0u7pGbOPp4cb5PqPvJokD28v8g5KLu1fZzbl/4kqKUPCw== v4096',
  md5: 'c2:4f:cc:23:1a:4a:ea:a6:bf:a2:97:de:52:3a:e8:b0',
};

/** The digest is what `ssh-keygen -l` prints after `SHA256:`, without padding. */
export const ed25519 = {
  line: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBpnvn2JplvF/A0TU+wKY99YnMBcZg9lAufMHAfRpBBp ed vector',
  sha256: 'lLQpczilS8/qMTLz1KoKMgppQ8pohEA1ihmHStByVw4',
  rfc4716: `---- BEGIN SSH2 PUBLIC KEY ----
Comment: "256-bit ED25519, converted by someone@example.com from OpenSSH"
AAAAC3NzaC1lZDI1NTE5AAAAIBpnvn2JplvF/A0TU+wKY99YnMBcZg9lAufMHAfRpBBp
---- END SSH2 PUBLIC KEY ----
`,
  /** The throwaway private key as ssh-keygen wrote it, comment "ed vector". */
  openssh: `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACAaZ759iaZbxfwNE1PsCmPfWJzAXGYPZQLnzBwH0aQQaQAAAJCq7j45qu4+
OQAAAAtzc2gtZWQyNTUxOQAAACAaZ759iaZbxfwNE1PsCmPfWJzAXGYPZQLnzBwH0aQQaQ
AAAECddm+RNc1FwTQcUwwz3C9zYMd5VOT7aqTAGoy43JU2Qxpnvn2JplvF/A0TU+wKY99Y
nMBcZg9lAufMHAfRpBBpAAAACWVkIHZlY3RvcgECAwQ=
-----END OPENSSH PRIVATE KEY-----
`,
  /** The same key by puttygen --ppk-param version=2, comment "throwaway ed". */
  ppk: `PuTTY-User-Key-File-2: ssh-ed25519
Encryption: none
Comment: throwaway ed
Public-Lines: 2
AAAAC3NzaC1lZDI1NTE5AAAAIBpnvn2JplvF/A0TU+wKY99YnMBcZg9lAufMHAfR
pBBp
Private-Lines: 1
AAAAIJ12b5E1zUXBNBxTDDPcL3Ngx3lU5PtqpMAajLjclTZD
Private-MAC: 77816c237aa4557b2f2f3ab494b7620f2d33e825
`,
};

/** The throwaway private key of rsa1024: by openssl pkcs8, its digest by openssl sha1 -c, its PPK (version 2) by puttygen. */
export const rsa1024Private = {
  pkcs8: `-----BEGIN PRIVATE KEY-----
MIICeAIBADANBgkqhkiG9w0BAQEFAASCAmIwggJeAgEAAoGBANurbVMOohLypplP
p3maToQwdToJaXeXmLzNXQTp+QpI4+jDDV0nniHX14j1QJtr+fQxgs1E/9lRMu5S
CKGSsk45K8XvybU4H/ryH4B3JaSU5qtb79GXVp8FmTjZu3uV/PB6/UNVm7mD8LUm
YDd0JcQtDqBZ5oTIgLxgPy3qo+6/AgMBAAECgYEAvG8PNsJEsXBJDRZRGXUOiUJw
LLrKJ/Z45OxdMMvr/7CLIK3BFvnXIjze/PM02p4DKkAWbjMULb0DrX/dO4x1OiFR
PhBEoADqI8HfY+JEb2xMsncdcyEvAHQnQ8zgGoyky8KDJIwI8yuFL7np4xH9CCOc
sRYWitNK2MOgU/qD5RECQQD6EbBuUz1MD9z2ky6WD4NZblnI0IJARxQeFkpKFF3+
MrIFeMAgSQR0M+NUafgxiIQLfqQf9Cy0trkDpnm4JmPVAkEA4OEqYdINHyejc5jA
p3ZjKqOTSRRaRB3hGcRzZFj3s+YAYto6AbkKqz6vfUYfqHiTDRN730ZpC465Qv/t
0zWWQwJBAKidkNdzLRvCfn2MlJb+ctS0gbnUTl9FDh2TbhgxT4d9a2ghGXsrgONR
sXFT2tSbdl3B0KzzGcnogywg7mXrDNkCQCb/RR9Dktz1PcYdFkO0JwxM44zHx8OK
Pu/9/ljHiOUcnLKHz4le8nex3jLmRzUq+61H1LJqfmrvrDbvNOnsoAsCQQC/byzZ
4eItn0fizjZ5Roft6gplwHjEFkmlWM/BKs6ikRLE5eZH4xT5XKxdiSBBimcjuV3M
YrHIqiQmG9ULAloJ
-----END PRIVATE KEY-----
`,
  sha1: 'b2:83:29:b2:d1:06:7c:3b:d3:2a:af:81:56:fd:3c:f4:4d:6e:c9:8e',
  ppk: `PuTTY-User-Key-File-2: ssh-rsa
Encryption: none
Comment: throwaway rsa
Public-Lines: 4
AAAAB3NzaC1yc2EAAAADAQABAAAAgQDbq21TDqIS8qaZT6d5mk6EMHU6CWl3l5i8
zV0E6fkKSOPoww1dJ54h19eI9UCba/n0MYLNRP/ZUTLuUgihkrJOOSvF78m1OB/6
8h+AdyWklOarW+/Rl1afBZk42bt7lfzwev1DVZu5g/C1JmA3dCXELQ6gWeaEyIC8
YD8t6qPuvw==
Private-Lines: 8
AAAAgQC8bw82wkSxcEkNFlEZdQ6JQnAsuson9njk7F0wy+v/sIsgrcEW+dciPN78
8zTangMqQBZuMxQtvQOtf907jHU6IVE+EESgAOojwd9j4kRvbEyydx1zIS8AdCdD
zOAajKTLwoMkjAjzK4UvuenjEf0II5yxFhaK00rYw6BT+oPlEQAAAEEA+hGwblM9
TA/c9pMulg+DWW5ZyNCCQEcUHhZKShRd/jKyBXjAIEkEdDPjVGn4MYiEC36kH/Qs
tLa5A6Z5uCZj1QAAAEEA4OEqYdINHyejc5jAp3ZjKqOTSRRaRB3hGcRzZFj3s+YA
Yto6AbkKqz6vfUYfqHiTDRN730ZpC465Qv/t0zWWQwAAAEEAv28s2eHiLZ9H4s42
eUaH7eoKZcB4xBZJpVjPwSrOopESxOXmR+MU+VysXYkgQYpnI7ldzGKxyKokJhvV
CwJaCQ==
Private-MAC: fb767db759f951eeef5699d357b9ab533b34771e
`,
};

/** Keys that EC2 has no place for. */
export const refused = {
  ecdsa:
    'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBCR7I2s2MSJlSPRYypcp17C1j/bN6jn9Gef4dkPiaFMVS2p7142oz0xM9QpZlHkJwcewLsI34L0HZ7xEC7Zl+MY= ec',
  ecdsaPem: `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJHsjazYxImVI9FjKlynXsLWP9s3q
Of0Z5/h2Q+JoUxVLanvXjajPTEz1ClmUeQnBx7AuwjfgvQdnvEQLtmX4xg==
-----END PUBLIC KEY-----
`,
  dsa: 'ssh-dss AAAAB3NzaC1kc3MAAACBAPQW94QJKLLTTTq+CN3S1WpP0W5MiIu0d9l+beRbYbhFRJGV8+m9yMLSCR0BU13NqmgBc/uYHoZhGAKlv7hroBrKd1fltpEPO5J2h4tdo8XFa9r+FHvifAVXWqdyjQrGxB3pYx4yLtpethlYEihVFbFSIehc2HXeSEBzH2WOGZrrAAAAFQDmrwapbK81HV2ICBMcl1ZEg5UfcQAAAIAZAsg0FQHqqqfegRjEl06BCGL0uYIYzqrYFhT7F3n5OnX0PumpNwvUv1YXmGE3v1pQASgIamLlutm6rL+4pfQ2AtUbL3sUIKpfCcfVS2xMzQ9v1+ioCTti6eTOjlvLxvVv5zjQCQX6P1hmPI4bACCpc37xamlEjhNwX0u4+XkuMAAAAIEA1WixIrIKp7yHjAc1wkUHIkDt7MOIEwbUyoAc0LMBY7cQ7qhePxq2GwnD5nRiCrLTZZnuF2CAFiG/5P8atVMWZY1GAc0MsY4ymlDf2bFqEXXLt6y2zVDbkaMAio7C5DyzArsJm+STWPCk5PKTDCVAwzFMrNOK/SJNQoJ1yX1Dlkg= dsa',
};

/** RSA of 3072 bits, ssh-keygen's default. */
export const rsa3072Line =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQCqfh2aUgqYJ0z40aB5Ur5bcZ3kT9PnF3I9AdSHCUH0xvdt1j/DgSgh9OC47imoavvkJVra489xmrbrkQtRkFSOd0NZMjnxGELcz5tBDETH0vJvPdeNZVD63dbYYCmAM3oWMvhbkZ0RmIxGxE+FfnLfGC5IbCnIRRJCVe8QnJW73Mda6E4ASzveAX5UCigu0kGgaN8KDcIUtWTpuKdvQzlB8SWQVP+7Ri5FtSPkrkJ9Utq/pwcTOtzbp86U5YvuN/SWwGasd7zFX88hIOYWGwp4NVEgwzb88sNQGngqi/a9B0QajxGnJRAUI2ckCzpTbs/mgww6kyK2zIB1Rast/LoOhYalmdMydMHR+CPh7zMru9+vpsvwS2heBdYsP7c5hrknfhQAtTk9pJ4toFM9VTCiXW51CGdZi42ihrztwTXqE1Zn6Jyc7KH4gt6cqYeONvIoo11I7cDiM5k2MBPsmEeoOmyoPygh5CCRRN5rjtKzN5SUNMUcdM76WbtkI/FVc2k= v3072';
