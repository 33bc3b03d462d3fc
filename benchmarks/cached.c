/* The floor in C for small cached files: open, read and close them in turn, the time of each taken.
   cached FOLDER_AND_PATTERN COUNT OPS: the pattern takes the file's number, as printf does. Prints one JSON line. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double seconds(struct timeval t) { return t.tv_sec + t.tv_usec / 1e6; }

static double cpu(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

int main(int argc, char **argv) {
  int count = atoi(argv[2]);
  long ops = atol(argv[3]);
  char(*names)[512] = calloc(count, sizeof *names);
  long long *taken = calloc(ops, sizeof *taken);
  static char buffer[1 << 20];
  for (int i = 0; i < count; i++) snprintf(names[i], sizeof *names, argv[1], i);
  double before = cpu();
  long long began = now();
  for (long i = 0; i < ops; i++) {
    long long start = now();
    int fd = open(names[i % count], O_RDONLY | O_CLOEXEC);
    if (fd < 0 || read(fd, buffer, sizeof buffer) < 0) return 1;
    close(fd);
    taken[i] = now() - start;
  }
  printf("{\"ops\": %ld, \"wall_s\": %.6f, \"cpu_s\": %.6f}\n", ops, (now() - began) / 1e9, cpu() - before);
  return argc == 4 ? 0 : 1;
}
